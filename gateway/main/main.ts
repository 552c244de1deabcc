import { X509Certificate } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { hostname } from 'node:os'
import { Problem } from '@zhongheng/domain/shared/problem.ts'
import { openControlSocket } from '../policy/control-socket.ts'
import { PolicyKeeper } from '../policy/policy-keeper.ts'
import { machineTime } from '../policy/time.ts'
import { type Gateway, startGateway } from '../proxy/gateway.ts'
import { namesFrom, systemNames } from '../proxy/name-service.ts'
import { connectRecorder } from '../taps/recorder-client.ts'
import { readSettings } from './settings.ts'

/** Exchanges under way may take so long to end after SIGTERM (ms). */
const drainMs = 5000

/** Faults are told by their kind and place alone: a message may hold a tester's bytes. */
function tellFault(error: unknown): void {
  const name = error instanceof Error ? error.name : typeof error
  const place = error instanceof Error ? (error.stack?.split('\n')[1]?.trim() ?? '') : ''
  console.error(`gateway: fault in one connection: ${name} ${place}`)
}

function readAuthorities(file: string | null): readonly string[] {
  if (file === null) return []
  try {
    const found = readFileSync(file, 'utf8').match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g)
    if (found !== null && found.every((pem) => new X509Certificate(pem).ca)) return found
  } catch {
    // Told below.
  }
  return endWith(
    1,
    `ZH_TARGET_CA 指定的文件不可读，或不含 CA 证书。The file that ZH_TARGET_CA names cannot be read or holds no CA certificates.`,
  )
}

function endWith(code: number, message: string): never {
  console.error(message)
  process.exit(code)
}

async function main(): Promise<void> {
  const settings = readSettings()
  const keeper = new PolicyKeeper(machineTime, settings.policyKeyFile)
  const recorder = connectRecorder({
    socketPath: settings.recorderSocket,
    gatewayId: `gateway-${hostname()
      .replace(/[^\x21-\x7e]/g, '')
      .slice(0, 100)}-${process.pid}`,
  })
  let gateway: Gateway
  try {
    gateway = await startGateway({
      host: settings.host,
      port: settings.port,
      node: settings.node,
      keeper,
      recorder,
      time: machineTime,
      resolve: settings.nameServers.length === 0 ? systemNames : namesFrom(settings.nameServers),
      targetAuthorities: readAuthorities(settings.targetAuthoritiesFile),
      onFault: tellFault,
    })
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw error
    endWith(
      3,
      `端口 ${settings.port} 已被占用；请用 ZH_GATEWAY_PORT 指定其他端口。Port ${settings.port} is taken; choose another with ZH_GATEWAY_PORT.`,
    )
  }
  const control = await openControlSocket(settings.controlSocket, keeper, gateway.status)
  let closing = false
  const close = (): void => {
    if (closing) process.exit(1)
    closing = true
    void (async () => {
      await control.close()
      await gateway.close(drainMs)
      await recorder.close()
      process.exit(0)
    })()
  }
  process.on('SIGTERM', close)
  process.on('SIGINT', close)
  console.log(JSON.stringify({ ready: 'gateway', port: gateway.port }))
}

// A fault in one connection must not end the others' work.
process.on('unhandledRejection', tellFault)
process.on('uncaughtException', tellFault)

main().catch((error: unknown) => {
  if (error instanceof Problem) endWith(1, `${error.text.zh} ${error.text.en}`)
  endWith(1, error instanceof Error ? (error.stack ?? error.message) : String(error))
})
