import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = dirname(createRequire(import.meta.url).resolve('@expo-google-fonts/noto-sans-sc/package.json'))

/** Noto Sans SC, regular and bold (OFL): the only fonts of our own on any page and in any chart. */
export const fontFiles: readonly [string, string] = [
  join(root, '400Regular', 'NotoSansSC_400Regular.ttf'),
  join(root, '700Bold', 'NotoSansSC_700Bold.ttf'),
]

/** A font configuration that knows no folder; without it the compiler reads the machine's fonts too. */
export const noSystemFonts: string = fileURLToPath(new URL('fonts.conf', import.meta.url))
