import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { recorderSockets, socketPath } from '@zhongheng/contracts/records/sockets.ts'
import { migrate, openDatabase } from '../database/open.ts'
import { features } from '../features/all.ts'
import { prepareSetup } from '../features/people/setup.ts'
import { buildApp } from '../http/app.ts'
import { startClock } from '../jobs/clock.ts'
import { startPolicyPush } from '../jobs/policy.ts'
import { startSequencer } from '../jobs/sequencer.ts'
import { startTrafficIndex } from '../jobs/traffic-index.ts'
import { startWitnessRounds } from '../jobs/witnesses.ts'
import { openPress } from '../ports/document-press.ts'
import { openGatewayPort } from '../ports/gateway.ts'
import { manualIdentityCheck } from '../ports/identity.ts'
import { openLedger } from '../ports/ledger-log.ts'
import { openOwnershipVerifier } from '../ports/ownership.ts'
import { openRecorderPort } from '../ports/recorder.ts'
import { openKeys } from '../sealing/keys.ts'
import { beginKeyHistory } from '../signing/key-acts.ts'
import { openLedgerKeysIn } from '../signing/ledger-keys.ts'
import type { Deps } from '../work/deps.ts'
import { inSystemWork } from '../work/work.ts'
import { openReporter } from './reporter.ts'
import { readSettings } from './settings.ts'
import { makeDemoPeople } from './demo-people.ts'
import { practiceEgress } from './practice.ts'

const settings = readSettings()
const report = openReporter()

await mkdir(settings.dataFolder, { recursive: true, mode: 0o700 })
await migrate(settings.databaseUrl)
const keys = await openKeys(join(settings.dataFolder, 'keys'))
const egress = practiceEgress(settings)
const database = openDatabase(settings.databaseUrl)
const ledgerKeys = await openLedgerKeysIn(join(settings.dataFolder, 'keys'), database, settings.ledgerKeys)
,
)
