import { common } from './zh-CN/common.ts'
import { engagement } from './zh-CN/engagement.ts'
import { scope } from './zh-CN/scope.ts'
import { people } from './zh-CN/people.ts'

/** Every word on screen, Chinese. A feature adds its own file beside these and a line here. */
export const zhCN = { ...common, engagement, scope, people }
