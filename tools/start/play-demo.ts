import { existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Text } from '@zhongheng/domain/shared/problem.ts'
import { say } from '@zhongheng/domain/shared/problem.ts'
import { playOpening, playWhole, practiceName } from '../demo/play.ts'
import type { Settings } from '../settings.ts'
import { practicePorts } from './practice-ports.ts'

/**
 * After the first start of a demo: plays one engagement to its end and opens a second one, over the API and through the
 * gateway, while the platform can be used already. A start that was cut short plays again at the next one.
 */
export async function playDemo(settings: Settings, address: string, tell: (text: Text) => void): Promise<void> {
  const played = join(settings.data, 'demo-played.json')
  if (!settings.demo || existsSync(played)) return
  const ports = await practicePorts(settings.data, true)
  const stage = {
    base: address,
    dataFolder: settings.data,
    workFolder: join(settings.data, 'demo'),
    target: { host: practiceName, port: ports.plain, tlsPort: ports.tls },
  }
  tell(say('\n正在演示一次完整众测（可以先登录查看）：', '\nPlaying a whole crowd test (you can sign in meanwhile):'))
  const step = (zh: string, en: string): void => tell(say(`  · ${zh}`, `  · ${en}`))
  try {
    const closed = await playWhole(stage, false, step)
    step('另开一个正在测试的项目', 'a second engagement is opened and left in testing')
    const open = await playOpening(stage, () => undefined)
    writeFileSync(played, `${JSON.stringify({ closed, open })}\n`, { mode: 0o600 })
    tell(say('  ✓ 演示项目已就绪', '  ✓ the demo engagements are ready'))
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error)
    tell(
      say(
        `  演示未完成：${why}（平台可正常使用，重新启动会再次演示）`,
        `  the demo was not finished: ${why} (the platform works; the next start plays it again)`,
      ),
    )
  }
}
