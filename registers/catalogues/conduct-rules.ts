import type { Confidence } from '../load.ts'

/** A rule of the testers' code of conduct (Annex B), in the project's own words. */
export type ConductRule = {
  readonly id: `B-${string}`
  readonly zh: string
  readonly en: string
  /** The register row that the rule answers. */
  readonly row: string
  readonly confidence: Confidence
}

const rule = (number: string, zh: string, en: string, confidence: Confidence = 'inferred'): ConductRule => ({
  id: `B-${number}`,
  zh,
  en,
  row: `GBT43741-B-${number}`,
  confidence,
})

/**
 * What a tester pledges, engagement by engagement. The list's digest stands in every pledge, so a changed word is a new
 * version of the code and old pledges keep what was signed.
 */
export const conductRules: readonly ConductRule[] = [
  rule(
    '01',
    '遵守法律法规、服务协议和本项目的测试规则。',
    'I obey the law, the agreements and the rules of this engagement.',
  ),
  rule(
    '02',
    '只测试授权书范围内的对象，范围之外一律不碰。',
    'I test only what the letter of authorisation lists and touch nothing beside it.',
  ),
  rule(
    '03',
    '只在授权的时间内测试，时间一到立即停手。',
    'I test only inside the authorised window and stop when it ends.',
  ),
  rule(
    '04',
    '只用平台发给本人的接入方式和账号，不转借、不共用。',
    'I use only the access and accounts given to me in person; I neither lend nor share them.',
  ),
  rule(
    '05',
    '不破坏系统，不影响业务，不做拒绝服务测试。',
    'I damage no system, disturb no business and test no denial of service.',
  ),
  rule(
    '06',
    '能证明漏洞即止，取得的数据不超过证明所需（默认最多 10 条记录）。',
    'I stop once the flaw is proved and take no more data than the proof needs, at most 10 records by default.',
  ),
  rule(
    '07',
    '不修改、不删除他人数据，需要写入时只用自己的测试账号。',
    'I neither change nor delete data of others; where something must be written, I use my own test account.',
  ),
  rule(
    '08',
    '测试中得到的数据不留存、不传播、不使用，提交后即删除。',
    'I keep, pass on and use none of the data obtained, and delete it once reported.',
  ),
  rule(
    '09',
    '不植入后门或木马；上传过的文件如实申报并清除。',
    'I plant no backdoor or trojan; whatever I uploaded I declare and remove.',
  ),
  rule(
    '10',
    '未经明确许可，不探测内网，不横向移动。',
    'Without explicit permission I do not probe internal networks or move sideways.',
  ),
  rule(
    '11',
    '未经明确许可，不使用钓鱼等社会工程手段，不接触物理设施。',
    'Without explicit permission I use no phishing or other social engineering and no physical means.',
  ),
  rule(
    '12',
    '自动化工具只按规则允许的种类和速率使用。',
    'I use automated tools only of the kinds and at the rates the rules allow.',
  ),
  rule(
    '13',
    '发现漏洞及时提交，如实、完整，不拆分、不夸大、不编造。',
    'I report what I find promptly, truthfully and whole; I do not split, exaggerate or invent.',
  ),
  rule(
    '14',
    '漏洞只通过本平台提交，不出售、不私下联系牟利、不要挟。',
    'I report only through this platform; I sell nothing, seek no private gain and extort nobody.',
  ),
  rule(
    '15',
    '对漏洞和项目信息保密，未经许可不公开。',
    'I keep findings and everything about the project secret and publish nothing without permission.',
  ),
  rule(
    '16',
    '未公开的漏洞不提供给产品提供者以外的境外组织或个人。',
    'I give no undisclosed vulnerability to organisations or persons abroad other than the product’s provider.',
    'secondary',
  ),
  rule(
    '17',
    '不制作、不传播利用漏洞的攻击程序，验证材料只存放在平台。',
    'I make and spread no attack programs; proof material stays on the platform.',
  ),
  rule(
    '18',
    '接受对全部测试活动的记录、审计和监督。',
    'I accept that all my testing is recorded, audited and supervised.',
  ),
  rule('19', '发现异常影响，立即停止测试并报告。', 'When something abnormal happens I stop at once and report it.'),
  rule('20', '配合复测、清理和调查，按期完成。', 'I help with retests, clean-up and inquiries, and do so in time.'),
  rule(
    '21',
    '如实申报与需求方、产品提供者的利益关系，不借参与身份谋取不当利益。',
    'I declare my ties to the demand side and to vendors, and draw no improper gain from taking part.',
  ),
]
