import { common } from './en/common.ts'
import { engagement } from './en/engagement.ts'
import { people } from './en/people.ts'
import { scope } from './en/scope.ts'
import type { Words } from './words.ts'

/** Every word on screen, English. */
export const en: Words = { ...common, engagement, scope, people }
