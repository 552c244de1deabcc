import type { Words } from '../words.ts'

export const scope: Words['scope'] = {}
