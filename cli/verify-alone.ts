import { type Command, exits } from './commands/command.ts'
import { verify } from './commands/verify.ts'
import { run } from './run.ts'

/**
 * `heng-verify.mjs`: `heng verify` as one file that needs Node and nothing else. tools/build-verifier.ts makes it.
 */
const alone: Command = {
  ...verify,
  usage: verify.usage.replace(/^verify /, ''),
}
const help: Command = {
  usage: '--help',
  summary: { zh: '显示本说明', en: 'show this page' },
  run(_, terminal) {
    const zh = terminal.language === 'zh'
    terminal.say(zh ? `用法：node heng-verify.mjs ${alone.usage}` : `Usage: node heng-verify.mjs ${alone.usage}`)
    terminal.say(`  ${alone.summary[terminal.language]}`)
    return exits.ok
  },
}

process.exitCode = await run(
  {
    name: 'heng-verify',
    commands: { verify: alone, help },
    help: alone,
    choose: (words) =>
      words.length === 0 || words.includes('--help') || words.includes('-h')
        ? { command: 'help', rest: [] }
        : { command: 'verify', rest: words },
  },
  process.argv.slice(2),
)
