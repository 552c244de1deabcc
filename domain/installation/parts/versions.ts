import { say } from '../../shared/problem.ts'
import type { InstallationFacts } from '../facts.ts'
import { type Part, code, moment } from '../part.ts'

export const versionFacts = ({ versions, database: found }: InstallationFacts): Part['facts'] => [
  { name: say('众衡', 'Zhongheng'), value: code(versions.product) },
  { name: say('Node.js', 'Node.js'), value: code(versions.node) },
  { name: say('PostgreSQL', 'PostgreSQL'), value: code(found?.version ?? '–') },
  { name: say('服务器启动于', 'Server began at'), value: moment(versions.startedAt) },
]
