export const sealing = {
  title: '封存密钥',
  about: '漏洞、评论、报告、流量记录和身份字段均加密封存。此页说明其密钥如何保管。',
  state: '状态',
  now: '当前',
  unsealed: '已解封',
  inTheClear: '密钥以明文存放',
  inTheClearHelp:
    '得到数据文件夹副本的人可以读取全部内容。正式使用前，请用“npm run keys -- move”将密钥改为口令、份额或令牌保管。',
  keeper: '解锁方式',
  keepers: {
    file: '明文文件（仅供试用）',
    passphrase: '文件加口令',
    shares: '{{of}} 份份额中任意 {{needed}} 份',
    token: 'PKCS#11 令牌 {{token}}',
  },
  afterStart: '启动后',
  starts: {
    file: '自动解封。',
    passphrase: '口令文件就位时自动解封。',
    shares: '保持封存，直到足够的持有人在 /unseal 输入份额。',
    token: '令牌与 PIN 文件就位时自动解封。',
  },
  suite: '加密套件',
  keys: {
    title: '密钥加密密钥',
    about: '最新版本加密各单位的密钥，单位密钥加密各项目的密钥。',
    empty: '没有密钥',
    emptyWhy: '首次启动时生成。',
    version: '版本',
    number: '第 {{version}} 版',
    madeAt: '生成时间',
  },
}
