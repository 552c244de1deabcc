import { mkdir } from 'node:fs/promises'
import { signInAll } from './cast.ts'
import { finishEngagement } from './finish.ts'
import { handleFindings } from './handle-findings.ts'
import { findProgram } from './http-clients.ts'
import { type Target, type Tell, prepareEngagement } from './prepare.ts'
import { browse, testThroughGateway } from './test-through-gateway.ts'

export type Stage = {
  readonly base: string
  readonly dataFolder: string
  readonly workFolder: string
  readonly target: Target
}

/** The name of the practice target; its address is pinned in the policy of a demo installation. */
export const practiceName = 'shop.practice.test'

/**
 * Plays one engagement from demand to closure. `scanners` brings sqlmap and ffuf in where they are installed.
 * @returns its id
 */
export async function playWhole(stage: Stage, scanners: boolean, tell: Tell): Promise<string> {
  await mkdir(stage.workFolder, { recursive: true, mode: 0o700 })
  const company = await signInAll(stage.base, stage.dataFolder)
  const prepared = await prepareEngagement(company, stage.target, '云帆商城年度安全众测', stage.workFolder, tell)
  const clients = {
    curl: findProgram('curl'),
    sqlmap: scanners ? findProgram('sqlmap') : null,
    ffuf: scanners ? findProgram('ffuf') : null,
  }
  if (!clients.curl) tell('未安装 curl，改用内置客户端', 'curl is not installed; a built-in client is used')
  const shown = await testThroughGateway(company, prepared, stage.target, clients, tell)
  await handleFindings(company, prepared.engagementId, stage.target, shown, tell)
  await finishEngagement(company, prepared.engagementId, tell)
  return prepared.engagementId
}

/** Opens a second engagement and leaves it in the middle of testing, to look at live traffic and to try things. */
export async function playOpening(stage: Stage, tell: Tell): Promise<string> {
  await mkdir(stage.workFolder, { recursive: true, mode: 0o700 })
  const company = await signInAll(stage.base, stage.dataFolder)
  const prepared = await prepareEngagement(company, stage.target, '云帆商城新版上线前众测', stage.workFolder, tell)
  await browse(prepared, stage.target, findProgram('curl'))
  return prepared.engagementId
}
