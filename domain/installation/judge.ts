import { say } from '../shared/problem.ts'
import type { InstallationFacts } from './facts.ts'
import { type Judged, ok, type Part, type PartName, partNames } from './part.ts'
import { keyFacts, keys } from './parts/keys.ts'
import { backupFacts, backup } from './parts/backup.ts'
import { diskFacts, disks } from './parts/disks.ts'
import { databaseFacts, database } from './parts/database.ts'
import { gatewayFacts, gateway } from './parts/gateway.ts'
import { recorderFacts, recorder } from './parts/recorder.ts'
import { nodeFacts, nodes } from './parts/nodes.ts'
import { ledgerFacts, ledger } from './parts/ledger.ts'
import { mailFacts, mail } from './parts/mail.ts'
import { jobFacts, jobs } from './parts/jobs.ts'
import { versionFacts } from './parts/versions.ts'

/**
 * Judges every part of the installation: how it stands and what to do. One part of each name, in the order of `partNames`; `nodes` only
 * where there are several.
 */
export function judgeInstallation(facts: InstallationFacts, now: Date): Part[] {
  const at = now.getTime()
  const parts: { readonly [name in PartName]: readonly [Judged, Part['facts']] } = {
    keys: [keys(facts), keyFacts(facts)],
    backup: [backup(facts, at), backupFacts(facts)],
    disks: [disks(facts), diskFacts(facts)],
    database: [database(facts), databaseFacts(facts)],
    gateway: [gateway(facts, at), gatewayFacts(facts)],
    recorder: [recorder(facts, at), recorderFacts(facts)],
    nodes: [nodes(facts, at), nodeFacts(facts)],
    ledger: [ledger(facts, at), ledgerFacts(facts)],
    mail: [mail(facts), mailFacts(facts)],
    jobs: [jobs(facts, at), jobFacts(facts)],
    versions: [ok(say('运行中的版本', 'The versions that run')), versionFacts(facts)],
  }
  const there = partNames.filter((part) => part !== 'nodes' || facts.nodes.length > 0)
  return there.map((part) => {
    const [judged, shown] = parts[part]
    return { part, facts: shown, ...judged, since: judged.since ?? null }
  })
}
