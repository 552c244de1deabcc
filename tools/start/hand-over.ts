import { existsSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import type { Text } from '@zhongheng/domain/shared/problem.ts'
import { say } from '@zhongheng/domain/shared/problem.ts'

/** One person of the demo, as the server wrote it when it made the demo's data. */
type FirstLogin = { readonly role: string; readonly login: string; readonly password: string; readonly name: string }

/** How to come in: printed once everything is ready. */
export type HandOver = {
  /** Call before the server starts. */
  remember(): void
  /** What to print now. */
  lines(): Text[]
}

/**
 * What the server hands over through the data folder: `first-logins.json` when it made the demo's people, `setup-link.txt` while a real
 * installation waits for its first administrator. Passwords are printed at the one start that made them.
 */
export function handOverOf(data: string): HandOver {
  const logins = join(data, 'first-logins.json')
  const link = join(data, 'setup-link.txt')
  let before: number | undefined
  return {
    remember() {
      before = madeAt(logins)
    },
    lines() {
      const lines: Text[] = []
      if (existsSync(link)) {
        const address = readFileSync(link, 'utf8').trim()
        lines.push(say(`一次性初始设置链接：${address}`, `One-time set-up link: ${address}`))
      }
      const made = madeAt(logins)
      if (made === undefined) return lines
      if (made === before) {
        return [
          ...lines,
          say(
            `演示账号：使用首次启动时打印的密码（保存在 ${logins}）`,
            `Demo accounts: use the passwords printed at the first start (kept in ${logins})`,
          ),
        ]
      }
      return [
        ...lines,
        say('演示账号（密码仅在此打印一次）：', 'Demo accounts (passwords are printed this once):'),
        ...table(read(logins)),
      ]
    },
  }
}

const madeAt = (file: string): number | undefined => statSync(file, { throwIfNoEntry: false })?.mtimeMs
const read = (file: string): FirstLogin[] => JSON.parse(readFileSync(file, 'utf8')) as FirstLogin[]

function table(people: readonly FirstLogin[]): Text[] {
  const width = (key: keyof FirstLogin): number => Math.max(...people.map((one) => columns(one[key])))
  const [role, login, password] = [width('role'), width('login'), width('password')]
  return people.map((one) => {
    const line = `  ${pad(one.role, role)}  ${pad(one.login, login)}  ${pad(one.password, password)}  ${one.name}`
    return say(line, line)
  })
}

/** Terminal columns: a Chinese character takes two. */
const columns = (text: string): number => [...text].reduce((sum, char) => sum + (char > '\u2e7f' ? 2 : 1), 0)
const pad = (text: string, width: number): string => text + ' '.repeat(width - columns(text))
