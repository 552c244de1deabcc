import { compileScope } from '@zhongheng/domain/authorizations/scope/compile.ts'
import { readScopeLines } from '@zhongheng/domain/authorizations/scope/read-lines.ts'
import { Scene } from './scene.ts'

/**
 * A gateway in a process of its own, forked by a test that watches it from outside: open, closed (`@tunnel`) and raw (`@raw`)
 * targets on any port, all at 127.0.0.1. Tells its parent where it listens and what it
 * trusts, and ends with it.
 */
const hosts = ['shop.example', 'pinned.example', 'raw.example'] as const
const scene = await Scene.open({
  pins: Object.fromEntries(hosts.map((host) => [host, '127.0.0.1'])),
})
const lines = 'shop.example:*\npinned.example:* @tunnel\nraw.example:* @raw'
scene.push({ engagement: { scope: compileScope(readScopeLines(lines), { versionId: 'scv_ways' }).scope } })
export type SceneProcess = Pick<Scene, 'authority' | 'installation'> & { readonly port: number }
const told: SceneProcess = {
  port: scene.gateway.port,
  authority: scene.authority,
  installation: scene.installation,
}
process.send?.(told)
process.on('disconnect', () => process.exit())
