import type { Bilingual } from '../bilingual.ts'
import type { PackVerdict } from './check-pack.ts'

type Good = Extract<PackVerdict, { ok: true }>

/** What a good verdict proves, in sentences for people; every number in them was checked. */
export function provedBy(verdict: Good): Bilingual[] {
  const { counts, log } = verdict
  const when =
    log.signedAt === null
      ? { zh: '（未写明签名时间）', en: ' (without a time)' }
      : { zh: `（签名时间 ${log.signedAt}）`, en: ` at ${log.signedAt}` }
  const proved: Bilingual[] = [
    {
      zh: `${counts.entries} 条账本条目逐条位于账本 ${log.origin} 的既定位置；该账本共 ${log.size} 条，根为 ${log.root}，由密钥 ${log.fingerprint} 签名${when.zh}。`,
      en: `Each of the ${counts.entries} entries stands at its place in the log ${log.origin} of ${log.size} entries with root ${log.root}, signed by key ${log.fingerprint}${when.en}.`,
    },
  ]
  if (counts.exchanges > 0) {
    const aside =
      counts.redacted === 0
        ? { zh: '', en: '' }
        : { zh: '（部分收入或保留的一侧除外）', en: ' (apart from sides that are withheld or here in parts)' }
    proved.push({
      zh: `${counts.exchanges} 组请求与响应${aside.zh}正是记录器当时封存的字节（${counts.segments} 个片段，其封存本身即账本条目），也正是 ${counts.findings} 份漏洞报告所引用的。`,
      en: `The ${counts.exchanges} exchanges${aside.en} are byte for byte what the recorder sealed (in ${counts.segments} segments whose seals are entries themselves) and what the ${counts.findings} findings cite.`,
    })
  }
  if (counts.documents > 0) {
    proved.push({
      zh: `${counts.documents} 份文件逐字节与账本中签发时登记的摘要一致。`,
      en: `The ${counts.documents} documents are byte for byte those that entries of the ledger signed or issued.`,
    })
  }
  if (counts.redacted > 0) {
    proved.push({
      zh: `其中 ${counts.redacted} 侧只收入部分：所示部分正是账本条目（exchange.committed）所承诺的；保留部分以后可凭同一承诺证明。`,
      en: `Of ${counts.redacted} sides only parts are here: they are those that entries of the ledger (exchange.committed) commit to, and what is withheld can be proved against the same commitments later.`,
    })
  }
  if (verdict.keyHistory !== null) {
    const { keys, signedBy } = verdict.keyHistory
    proved.push({
      zh: `按包中的密钥历史（共 ${keys} 把），签署此检查点的正是当时生效的全部密钥：${signedBy.join('、')}。`,
      en: `By the key history in the pack (${keys} keys in all) this head is signed by every key that was in force: ${signedBy.join(', ')}.`,
    })
  }
  for (const { name, at } of verdict.witnesses.cosigned) {
    proved.push({
      zh: `您指定的见证方 ${name} 副署了此检查点${at === null ? '' : `（${at}）`}：它在核对账本延续性之后才会副署。`,
      en: `The witness ${name} that you named cosigned this head${at === null ? '' : ` at ${at}`}: it does so only after a consistency proof.`,
    })
  }
  for (const { size, at, policy, authority } of verdict.timeStamps) {
    if (authority === null) continue
    proved.push({
      zh: `账本的前 ${size} 条在 ${at} 之前已经存在：时间戳由 ${authority} 签发（策略 ${policy}）。`,
      en: `The first ${size} entries of the log existed by ${at}: time-stamped by ${authority} under policy ${policy}.`,
    })
  }
  proved.push({
    zh: `包中条目所引用的流量与所签发的文件，凡未收入的均已在保留清单中说明（${counts.withheld} 项）。`,
    en: `Whatever these entries cite or sign and the pack does not hold is declared as withheld (${counts.withheld} items).`,
  })
  return proved
}

/** What a good verdict does not prove, and what to do about it. */
export function notProvedBy(verdict: Good): Bilingual[] {
  const { log, installation } = verdict
  const open: Bilingual[] = []
  if (!verdict.pinned) {
    open.push({
      zh: `密钥属于谁：包自带公钥，因此以上只说明内容与密钥 ${log.fingerprint} 自洽。请从其他途径（合同、授权书、平台的账本页面）取得指纹并比对，或用 --key 指纹 重新验证。`,
      en: `Whose key it is: the pack brings its own, so all this shows only that it is consistent under key ${log.fingerprint}. Get the fingerprint another way (contract, authorization letter, the platform's ledger page), compare, or verify again with --key FINGERPRINT.`,
    })
  }
  if (installation.fingerprint !== log.fingerprint) {
    open.push({
      zh: `清单由另一把密钥 ${installation.fingerprint} 签名，账本公告了它或由您指定。`,
      en: `The manifest is signed by another key, ${installation.fingerprint}, which the ledger announces or you named.`,
    })
  }
  if (verdict.counts.redacted > 0) {
    open.push({
      zh: '部分收入的流量：所示部分与承诺一致，而承诺与封存的字节一致，须在出示全文后才能证明（届时自动核对）。',
      en: 'Exchanges in parts: the parts are those committed to; that the commitments speak of the sealed bytes is proved once the whole is shown (a pack that holds it is checked for this).',
    })
  }
  open.push(timesOf(verdict), ...uniquenessOf(verdict), {
    zh: '完整性：本包只含所列条目；同一项目的其他条目，以及未经网关的行为，不在证明之内。',
    en: 'Completeness: the pack holds the entries it holds; other entries of the engagement, and whatever bypassed the gateway, are not shown.',
  })
  return open
}

/** What is known of times from outside. */
function timesOf({ timeStamps }: Good): Bilingual {
  const unchecked = timeStamps.filter(({ authority }) => authority === null)
  if (timeStamps.length === 0)
    return {
      zh: '时间：均为平台自己的时钟，没有外部时间戳。',
      en: 'Times: all are by the clock of the installation; there is no time stamp from outside.',
    }
  const [first] = unchecked
  if (first === undefined)
    return {
      zh: '时间：时间戳之间的先后以平台自己的时钟为准；签发机构是否吊销了证书未作检查。',
      en: 'Times: between time stamps they are by the clock of the installation; whether the authority revoked its certificate was not checked.',
    }
  const command = `openssl ts -verify -data timestamps/${first.size}.checkpoint -in timestamps/${first.size}.tsr -CAfile CA.pem`
  return {
    zh: `时间：${unchecked.length} 个时间戳覆盖所述检查点（最早 ${first.at}），但其签名未在此核对。请用 --tsa-ca CA.pem 重新验证，或解包后运行：${command}`,
    en: `Times: ${unchecked.length} time stamps cover the heads they name (the first at ${first.at}), but who signed them was not checked here. Verify again with --tsa-ca CA.pem, or unpack and run: ${command}`,
  }
}

/** Who else saw this head. */
function uniquenessOf({ witnesses }: Good): Bilingual[] {
  if (witnesses.cosigned.length === 0 && witnesses.unknown.length === 0)
    return [
      {
        zh: '唯一性：没有见证方副署，平台理论上可以向他人出示另一本账。',
        en: 'That everybody is shown the same log: no witness has cosigned this head.',
      },
    ]
  if (witnesses.unknown.length === 0) return []
  const names = witnesses.unknown.join(', ')
  return [
    {
      zh: `唯一性：检查点另有 ${names} 的签名行，未核对。请向见证方取得其密钥并用 --witness 重新验证。`,
      en: `That everybody is shown the same log: there are signature lines of ${names}, which were not checked. Get their keys from the witnesses and verify again with --witness.`,
    },
  ]
}
