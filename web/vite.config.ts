import react from '@vitejs/plugin-react'
import { defineConfig } from 'vite'

/**
 * `vite build web` writes web/dist. The server replaces `__NONCE__` in index.html at each request; vite's own meta tag
 * carries it to the scripts that load later, and antd reads it there too.
 */
export default defineConfig({
  root: import.meta.dirname,
  plugins: [react()],
  html: { cspNonce: '__NONCE__' },
  build: {
    target: 'es2023',
    outDir: 'dist',
    emptyOutDir: true,
    assetsInlineLimit: 0,
    // The compressed sizes that count are printed by sizes.ts, per page.
    reportCompressedSize: false,
    chunkSizeWarningLimit: 1200,
    manifest: 'manifest.json',
  },
})
