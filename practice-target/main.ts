import { readPracticeSettings } from './main/settings.ts'
import { startPracticeTarget } from './start.ts'

try {
  const settings = readPracticeSettings()
  const target = await startPracticeTarget({
    host: '127.0.0.1',
    port: settings.port,
    tlsPort: settings.tlsPort,
    ...(settings.names ? { names: settings.names } : {}),
  })
  const end = (): void => {
    target.close().then(
      () => process.exit(0),
      () => process.exit(1),
    )
  }
  process.once('SIGINT', end)
  process.once('SIGTERM', end)
  process.stdout.write(
    `${JSON.stringify({ ready: 'practice-target', port: target.port, tlsPort: target.tlsPort, certificate: target.certificate })}\n`,
  )
} catch (error) {
  process.stderr.write(`practice-target: ${error instanceof Error ? error.message : String(error)}\n`)
  process.exitCode = 1
}
