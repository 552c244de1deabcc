import { readFileSync, readdirSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { brotliCompressSync, constants, gzipSync } from 'node:zlib'
import react from '@vitejs/plugin-react'
import { type Plugin, defineConfig } from 'vite'

/** Leaves `.br` and `.gz` beside every asset, so that the server never compresses while somebody waits. */
function compressed(): Plugin {
  let folder = ''
  return {
    name: 'compressed-assets',
    apply: 'build',
    configResolved({ root, build }) {
      folder = resolve(root, build.outDir, 'assets')
    },
    closeBundle() {
      for (const name of readdirSync(folder).filter((one) => /\.(js|css|svg)$/.test(one))) {
        const content = readFileSync(join(folder, name))
        writeFileSync(join(folder, `${name}.gz`), gzipSync(content))
        const brotli = brotliCompressSync(content, { params: { [constants.BROTLI_PARAM_QUALITY]: 9 } })
        writeFileSync(join(folder, `${name}.br`), brotli)
      }
    },
  }
}

/**
 * `vite build web` writes web/dist. The server replaces `__NONCE__` in index.html at each request; vite's own meta tag
 * carries it to the scripts that load later, and antd reads it there too.
 */
export default defineConfig({
  root: import.meta.dirname,
  plugins: [react(), compressed()],
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
