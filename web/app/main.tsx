import './trusted-types.ts'
import { QueryClientProvider } from '@tanstack/react-query'
import { RouterProvider } from '@tanstack/react-router'
import { StrictMode } from 'react'
import { createRoot } from 'react-dom/client'
import { startLanguage } from '../i18n/index.ts'
import '../ui/tokens.css'
import '../ui/base.css'
import { queries, router } from './router.ts'

const root = document.getElementById('root')
if (root) {
  await startLanguage()
  createRoot(root).render(
    <StrictMode>
      <QueryClientProvider client={queries}>
        <RouterProvider router={router} />
      </QueryClientProvider>
    </StrictMode>,
  )
}
