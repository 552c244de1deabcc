import { expect } from 'vitest'
import { collecting } from './test-files.ts'

export const { describe, it } = collecting
export { expect }
