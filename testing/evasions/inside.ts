import { attempts } from './attempts.ts'
import { furtherAttempts } from './further-attempts.ts'
import { at } from './addresses.ts'
import { openWorld } from './world.ts'
import { sender } from './send.ts'

/*
 * Runs in a network namespace that its caller made, and prints what the packet filter saw: one line of JSON.
 * `escaped` names each attempt that cost a packet outside, or was let through to a path of docs.example beside `/open` or to one of
 * the shop that somebody reads as `/admin`.
 */
const world = await openWorld()
const { scene } = world
const send = sender(scene)
const url = `GET http://shop.example/ HTTP/1.1\r\nHost: shop.example\r\nProxy-Authorization: Basic ${scene.basic}\r\n\r\n`

// What may pass, passes; what the filter is to see, it sees. Without both the count below would say nothing.
const before = world.seen()
const allowed = [
  await send.raw(url),
  await send.tls('shop.example:443', 'shop.example', 'GET / HTTP/1.1\r\nHost: shop.example\r\n\r\n'),
  await send.curl('http://docs.example/open/page'),
  await send.curl('https://api.shop.example/'),
].map((text) => text.includes('here'))
const insideSeen = world.seen().inside - before.inside
await fetch(`http://${at.foreign}:80/`, { redirect: 'manual' }).catch(() => undefined)
const control = world.seen().foreign - before.foreign

const escaped: string[] = []
const list = [...attempts(scene.basic, scene.gateway.port), ...furtherAttempts(scene.basic)]
let last = world.seen()
let passed = 0
for (const attempt of list) {
  const paths = world.docsPaths().length
  const admin = world.adminPaths().length
  const said = await attempt.run(send)
  if (said.includes('here')) passed++
  const now = world.seen()
  const strayed = world
    .docsPaths()
    .slice(paths)
    .filter((path) => !/^\/open(?:[/?#]|$)/.test(path) || /\.\.|%2e|\\|%5c/i.test(path))
    .concat(world.adminPaths().slice(admin))
  // A second connection to the gateway would be the gateway calling itself.
  const called = attempt.name.includes('curl') ? 0 : now.toGateway - last.toGateway - 1
  if (now.foreign !== last.foreign || strayed.length > 0 || called > 0) {
    escaped.push(
      `${attempt.name}: ${now.foreign - last.foreign} packets, ${called} calls to itself, paths ${JSON.stringify(strayed)}, said ${JSON.stringify(said.slice(0, 120))}`,
    )
  }
  last = now
}
const working = (await send.raw(url)).includes('here')
console.log(
  JSON.stringify({
    attempts: list.length,
    names: new Set(list.map((one) => one.name)).size,
    allowed,
    insideSeen,
    control,
    escaped,
    passed,
    working,
    faults: scene.faults.map(String),
  }),
)
await world.close()
process.exit(0)
