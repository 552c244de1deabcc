import { spawn } from 'node:child_process'
import type { Environment } from './settings.ts'
import { environment } from './settings.ts'

/** One command of a longer check. */
export type Step = {
  readonly name: string
  readonly command: string
  readonly args: readonly string[]
  readonly env?: Environment
  /** Shows the output while it runs; else it is shown only when the step fails. */
  readonly loud?: boolean
}

export type StepResult = { readonly name: string; readonly ok: boolean; readonly ms: number; readonly output: string }

/** Runs a step in `root` and prints one line with its duration; a failure prints its output too. */
export async function runStep(root: string, step: Step): Promise<StepResult> {
  const began = performance.now()
  const child = spawn(step.command, step.args, {
    cwd: root,
    env: { ...environment(), ...step.env },
    stdio: step.loud === true ? 'inherit' : ['ignore', 'pipe', 'pipe'],
  })
  const parts: Buffer[] = []
  for (const stream of [child.stdout, child.stderr]) stream?.on('data', (part: Buffer) => parts.push(part))
  child.once('error', (error) => parts.push(Buffer.from(`${error.message}\n`)))
  const code = await new Promise<number | null>((resolve) => {
    child.once('close', resolve)
    child.once('error', () => resolve(null))
  })
  const result = {
    name: step.name,
    ok: code === 0,
    ms: performance.now() - began,
    output: Buffer.concat(parts).toString('utf8'),
  }
  console.log(`${result.ok ? '✓' : '✗'} ${step.name} · ${(result.ms / 1000).toFixed(1)} s`)
  if (!result.ok) console.log(result.output.trimEnd())
  return result
}
