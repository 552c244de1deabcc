import { UsageError } from './command.ts'
import { smallFile } from './files.ts'

/** The access token in a file of its own: a word of a command line is in every list of processes. @throws UsageError */
export async function tokenIn(path: string | undefined): Promise<string> {
  if (path === undefined)
    throw new UsageError(
      '请用 --token-file 给出访问令牌文件（权限 traffic:read；审计节点另需 engagements:read）',
      'name a file with an access token (traffic:read; an audit node also engagements:read) with --token-file',
    )
  const text = (await smallFile(path, 4096)).toString('utf8')
  if (!/^[\x21-\x7e]{10,500}$/.test(text.trim()))
    throw new UsageError(`${path} 中没有访问令牌`, `there is no access token in ${path}`)
  return text.trim()
}
