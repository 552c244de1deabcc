import type { ConductRule } from './conduct-rules.ts'

export type QuizQuestion = {
  readonly id: string
  readonly zh: string
  readonly en: string
  readonly options: readonly { readonly zh: string; readonly en: string }[]
  /** Place of the right option, from 0. */
  readonly right: number
  /** The rule of the code of conduct that the question checks. */
  readonly rule: ConductRule['id']
}

/** Right answers of twelve that a tester needs; a wrong one names the rule to read again. */
export const quizPassMark = 10

const option = (zh: string, en: string): { zh: string; en: string } => ({ zh, en })

/** The conduct quiz before the pledge (GBT43741-5.1-15). */
export const conductQuiz: readonly QuizQuestion[] = [
  {
    id: 'Q01',
    rule: 'B-02',
    zh: '测试 shop.example.com 时，页面跳转到了授权书没有列出的 pay.example.com。您应当：',
    en: 'While testing shop.example.com a page leads you to pay.example.com, which the letter does not list. You:',
    options: [
      option('同一家公司，继续测试', 'go on, it is the same company'),
      option('只看不改，所以可以继续', 'go on, because looking changes nothing'),
      option('停在范围之内，需要时申请变更范围', 'stay inside the scope and ask for a change of scope if needed'),
      option('关闭代理后再测试', 'turn the proxy off and test it'),
    ],
    right: 2,
  },
  {
    id: 'Q02',
    rule: 'B-03',
    zh: '测试时间 18:00 结束，17:58 您发现一处可疑参数。您应当：',
    en: 'The window ends at 18:00. At 17:58 you see a suspicious parameter. You:',
    options: [
      option('18:00 前停手，把已有记录提交并说明', 'stop by 18:00 and report what is recorded so far, saying so'),
      option('验证完再停，多几分钟无妨', 'finish first, a few minutes do no harm'),
      option('请同事用他的账号继续', 'ask a colleague to go on with their account'),
      option('改用自己的网络继续验证', 'go on from your own network'),
    ],
    right: 0,
  },
  {
    id: 'Q03',
    rule: 'B-04',
    zh: '队友的接入凭证丢失了，想借用您的凭证继续测试。您应当：',
    en: 'A team mate lost the access credentials and wants to use yours. You:',
    options: [
      option('借给他，并记录借用时间', 'lend them and note the time'),
      option('两人轮流使用', 'take turns'),
      option('把密码发到团队群里', 'post the secret to the team’s group'),
      option('不借，请他自己重新申请凭证', 'refuse; they ask for new credentials of their own'),
    ],
    right: 3,
  },
  {
    id: 'Q04',
    rule: 'B-05',
    zh: '您怀疑某接口在大量并发时会崩溃。您应当：',
    en: 'You suspect that an interface breaks down under many parallel requests. You:',
    options: [
      option('夜间人少时压测一次', 'load it once at night when few use it'),
      option('写明推断依据提交，不做实际冲击', 'report the reasoning and do not try it'),
      option('用多台机器同时请求以证明影响', 'prove it from several machines'),
      option('先压测，崩溃后立即道歉', 'try it and apologise if it breaks'),
    ],
    right: 1,
  },
  {
    id: 'Q05',
    rule: 'B-06',
    zh: 'SQL 注入可以读出整张用户表。证明漏洞时您应当：',
    en: 'An SQL injection could read the whole table of users. To prove it you:',
    options: [
      option('导出全表，以说明影响有多大', 'dump the table to show how bad it is'),
      option('导出一半，另一半不看', 'dump half of it'),
      option('只取证明所需的少量记录并遮盖个人信息', 'take the few records the proof needs and mask personal data'),
      option('导出后加密保存在自己电脑上', 'dump it and keep it encrypted on your computer'),
    ],
    right: 2,
  },
  {
    id: 'Q06',
    rule: 'B-07',
    zh: '您发现可以修改任意用户的收货地址。您应当怎样验证：',
    en: 'You found that any user’s delivery address can be changed. You prove it by:',
    options: [
      option('用自己的两个测试账号互相修改', 'changing one of your own test accounts from the other'),
      option('改一位真实用户的地址再改回来', 'changing a real user’s address and changing it back'),
      option('把所有地址改成同一个', 'setting all addresses to the same'),
      option('随机挑选一位用户修改', 'changing one user picked at random'),
    ],
    right: 0,
  },
  {
    id: 'Q07',
    rule: 'B-08',
    zh: '漏洞已提交，电脑里还留有测试时下载的数据。您应当：',
    en: 'The finding is submitted and your computer still holds data downloaded for it. You:',
    options: [
      option('留着，以备复测', 'keep it for the retest'),
      option('去掉姓名后用于写文章', 'take the names out and use it in an article'),
      option('删除，并签署数据处置证明', 'delete it and sign the certificate of disposal'),
      option('存入网盘备份', 'back it up to cloud storage'),
    ],
    right: 2,
  },
  {
    id: 'Q08',
    rule: 'B-09',
    zh: '为验证文件上传漏洞，您上传了一个测试文件。提交时您应当：',
    en: 'To prove a file upload flaw you uploaded a test file. When reporting you:',
    options: [
      option('不提此事，文件没有危害', 'leave it out, the file is harmless'),
      option('留着它，方便以后复测', 'leave the file there for the retest'),
      option('改个名字藏起来', 'rename and hide it'),
      option('申报文件位置并清除，不能清除的写明原因', 'declare where it is and remove it, or say why you cannot'),
    ],
    right: 3,
  },
  {
    id: 'Q09',
    rule: 'B-12',
    zh: '规则规定每秒不超过 5 个请求，您的扫描器默认每秒 50 个。您应当：',
    en: 'The rules allow 5 requests a second and your scanner sends 50 by default. You:',
    options: [
      option('先扫描，被限速再说', 'start it and see whether you are throttled'),
      option('确认允许使用该工具，并把速率调到 5 以内', 'check that the tool is allowed and set it to 5 or fewer'),
      option('分成十个账号同时跑', 'spread it over ten accounts'),
      option('只在白天全速运行', 'run it at full speed, but only by day'),
    ],
    right: 1,
  },
  {
    id: 'Q10',
    rule: 'B-14',
    zh: '需求方的一位工程师私下联系您，愿意出高价直接买下漏洞细节。您应当：',
    en: 'An engineer of the demand side offers you a good price for the details in private. You:',
    options: [
      option('拒绝，并通过平台提交、告知组织方', 'refuse, report through the platform and tell the organizer'),
      option('成交，反正是需求方的人', 'agree, they belong to the demand side'),
      option('先收一半定金', 'take half in advance'),
      option('同时在平台提交，两边都收', 'agree and report on the platform as well'),
    ],
    right: 0,
  },
  {
    id: 'Q11',
    rule: 'B-16',
    zh: '境外会议邀请您分享一个尚未公开的漏洞，它的产品提供者不在会议之中。您应当：',
    en: 'A conference abroad invites you to present an undisclosed flaw; the product’s provider has no part in it. You:',
    options: [
      option('只讲原理，不给利用代码', 'present the principle without the exploit'),
      option('不提供；公开须经平台的发布审批', 'give nothing; publication takes the platform’s approval'),
      option('隐去产品名称后演讲', 'present it without the product’s name'),
      option('先发给会议主办方审稿', 'send it to the organisers for review'),
    ],
    right: 1,
  },
  {
    id: 'Q12',
    rule: 'B-19',
    zh: '测试中，目标网站突然变得无法访问。您应当：',
    en: 'During your test the target suddenly stops answering. You:',
    options: [
      option('等它恢复后继续', 'wait until it is back and go on'),
      option('换一个接口继续测试', 'go on with another interface'),
      option('不作声，避免被追责', 'keep quiet to stay out of trouble'),
      option('立即停止，并在平台上报告异常', 'stop at once and report it on the platform'),
    ],
    right: 3,
  },
]
