import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { recorderSockets, socketPath } from '@zhongheng/contracts/records/sockets.ts'
import type { JobName } from '@zhongheng/domain/installation/facts.ts'
import { trustedAuthorities } from '@zhongheng/ledger/time-stamps/trusted-authorities.ts'
import { migrate, openDatabase } from '../database/open.ts'
import { features } from '../features/all.ts'
import { prepareSetup } from '../features/people/setup.ts'
import { publishNotice } from '../features/privacy/notice.ts'
import { buildApp } from '../http/app.ts'
import { startAlertDeliveries } from '../jobs/alert-deliveries.ts'
import { startConditionWatch } from '../jobs/condition.ts'
import { startConductWatch } from '../jobs/conduct.ts'
import { startClock } from '../jobs/clock.ts'
import { startDisposals } from '../jobs/disposals.ts'
import { startMails } from '../jobs/mail.ts'
import { startPackBuilder } from '../jobs/packs.ts'
import { startPolicyPush } from '../jobs/policy-push.ts'
import { recordRestore } from '../jobs/restore.ts'
import { takeUpRestore } from '../jobs/restored.ts'
import { startSequencer } from '../jobs/sequencer.ts'
import { startRotations } from '../jobs/rotations.ts'
import { startSweep } from '../jobs/sweep.ts'
import { sealWhatWasOpen } from '../jobs/seal-what-was-open.ts'
import { startScrub } from '../jobs/scrub.ts'
import { startTimeStamps } from '../jobs/time-stamps.ts'
import { startTrafficWords } from '../jobs/traffic-words.ts'
import { startTrafficIndex } from '../jobs/traffic-index.ts'
import { startWitnessRounds } from '../jobs/witnesses.ts'
import { openExaminer } from '../ports/examiner.ts'
import { openPress } from '../ports/document-press.ts'
import { openGatewayPort } from '../ports/gateway.ts'
import { manualIdentityCheck } from '../ports/identity.ts'
import { openLedger } from '../ports/ledger-log.ts'
import { openMail } from '../ports/mail.ts'
import { openOwnershipVerifier } from '../ports/ownership.ts'
import { openRecorderPort } from '../ports/recorder.ts'
import { rowsFromBus } from '../ports/row-feed.ts'
import { noteKeeper } from '../sealing/note-keeper.ts'
import { openKeysFor } from '../sealing/open-keys-for.ts'
import { KeyError } from '../signing/checkpoint-signer.ts'
import { beginKeyHistory } from '../signing/key-acts.ts'
import { openLedgerKeysIn } from '../signing/ledger-keys.ts'
import { Condition } from '../work/condition.ts'
import type { Deps } from '../work/deps.ts'
import { nodesOf, openNodes } from '../work/nodes.ts'
import { secretsFrom } from '../signing/secrets.ts'
import { inOperatorWork, inSystemWork } from '../work/work.ts'
import { openReporter } from './reporter.ts'
import { askHolders } from './sealed-start.ts'
import { needsAPerson, readSettings } from './settings.ts'
import { makeDemoPeople } from './demo-people.ts'
import { practiceEgress } from './practice.ts'

const settings = readSettings()
const report = openReporter()
const condition = new Condition()
// A wrong file ends the start, rather than the first time stamp.
trustedAuthorities(settings.timeStamps.caFile)

await mkdir(settings.dataFolder, { recursive: true, mode: 0o700 })
await migrate(settings.databaseUrl)
const database = openDatabase(settings.databaseUrl)
const keys = await openKeysFor(database, join(settings.dataFolder, 'keys'), {
  suite: settings.sealing.suite,
  openers: {
    secrets: secretsFrom(settings.sealing, 'SEALING'),
    shares: (set, isRight) =>
      askHolders(settings, (port) => {
        console.log(JSON.stringify({ ready: 'server', port, sealed: { needed: set.needed, of: set.of } }))
      })(set, isRight).catch(endForBusyPort),
  },
}).catch(endForKeys)
await inOperatorWork(database, (work) => noteKeeper(work, keys.keeper))
const ledgerKeys = await openLedgerKeysIn(
  join(settings.dataFolder, 'keys'),
  database,
  settings.ledgerKeys,
  keys.installation,
)
const egress = practiceEgress(settings)
const recorder = openRecorderPort(socketPath(settings.runFolder, recorderSockets.control))
const deps: Deps = {
  settings,
  database,
  keys,
  gateway: openGatewayPort(socketPath(settings.runFolder, 'gateway.sock')),
  recorder,
  ...(settings.bus === null ? {} : { rows: rowsFromBus(settings.bus, recorder) }),
  nodes: openNodes(settings.nodes, settings.bus),
  ledger: await openLedger(join(settings.dataFolder, 'ledger'), ledgerKeys, () => new Date(), settings.ledgerMarkFile),
  documents: openPress(),
  examiner: openExaminer(),
  egress,
  ownership: openOwnershipVerifier(egress),
  identity: manualIdentityCheck,
  mail: openMail(settings, egress),
  condition,
}
await inSystemWork(deps, (work) => beginKeyHistory(work, ledgerKeys))
await sealWhatWasOpen(deps)
await takeUpRestore(deps)
if (settings.demo) await makeDemoPeople(deps)
await publishNotice(deps)
const setupLink = await prepareSetup(deps)
const app = await buildApp(deps, features(deps), { log: true })
const faultsOf = (job: JobName) => condition.faultsOf(job, report)
const stopSequencer = await startSequencer({ ...deps, recordRestore: recordRestore(deps) }, faultsOf('sequencer'))
const policy = await startPolicyPush(deps, faultsOf('policy'))
const stopTraffic = startTrafficIndex(deps, faultsOf('traffic'))
const stopWords = startTrafficWords(deps, faultsOf('words'))
const stopConduct = await startConductWatch(deps, faultsOf('conduct'))
const stopTelling = startAlertDeliveries(deps, faultsOf('alerts'))
const stopMails = startMails(deps, faultsOf('mail'))
const stopClock = startClock(deps, faultsOf('clock'))
const stopPacks = startPackBuilder(deps, faultsOf('packs'))
const stopSweep = startSweep(deps, faultsOf('sweep'))
const stopScrub = startScrub(deps, faultsOf('scrub'))
const stopDisposals = await startDisposals(deps, faultsOf('disposals'))
const stopRotations = startRotations(deps, faultsOf('rotations'))
const stopWitnesses = startWitnessRounds(deps, faultsOf('witnesses'))
const stopTimeStamps = startTimeStamps(deps, faultsOf('time_stamps'))
const stopCondition = startConditionWatch(deps, faultsOf('condition'))

let ending = false
async function end(): Promise<void> {
  if (ending) return
  ending = true
  const limit = setTimeout(() => process.exit(1), 8000)
  await app.close()
  await Promise.allSettled([
    stopTraffic(),
    stopWords(),
    stopConduct(),
    stopTelling(),
    stopMails(),
    stopClock(),
    stopPacks(),
    stopSweep(),
    stopScrub(),
    stopDisposals(),
    stopRotations(),
    stopWitnesses(),
    stopTimeStamps(),
    stopCondition(),
    policy.stop(),
  ])
  await Promise.all(nodesOf(deps).map(({ rows }) => rows.close()))
  await stopSequencer()
  await deps.ledger.close()
  await deps.documents.close()
  await deps.database.close()
  clearTimeout(limit)
  process.exit(0)
}
process.on('SIGTERM', () => void end())
process.on('SIGINT', () => void end())
// One request's fault never ends the process; it is logged and answered with 500.
process.on('unhandledRejection', faultsOf('other'))

try {
  await app.listen({ host: settings.host, port: settings.port })
} catch (error) {
  endForBusyPort(error)
}
const address = app.server.address()
console.log(
  JSON.stringify({
    ready: 'server',
    port: typeof address === 'object' && address ? address.port : settings.port,
    setupLink,
  }),
)

function endForBusyPort(error: unknown): never {
  if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw error
  console.error(
    `port ${settings.port} is in use: set ZH_PORT to a free one, or end the program that holds it (ss -ltnp 'sport = :${settings.port}')`,
  )
  process.exit(3)
}

/** Keys that do not open: somebody must act, and a token counts wrong PINs, so nothing may try again by itself. */
function endForKeys(error: unknown): never {
  if (!(error instanceof KeyError)) throw error
  console.error(`${error.text.zh}\n${error.text.en}`)
  process.exit(needsAPerson)
}
