import type { AuthorizationLetterModel } from '../models/authorization-letter.ts'
import type { Locale } from '../models/common.ts'
import { sheet } from './sheet.ts'

/** The letter of the sample engagement. */
export function sampleLetter(locale: Locale): AuthorizationLetterModel {
  const chinese = locale === 'zh-CN'
  const say = (zh: string, en: string): string => (chinese ? zh : en)
  const base = sheet(locale, 'AUTH-2026-0042-1')
  return {
    ...base,
    kind: 'authorization-letter',
    demandSide: {
      name: say('云杉商城科技有限公司', 'Yunshan Shop Technology Ltd'),
      identifier: say('统一社会信用代码 91310000EXAMPLE001', 'company number 91310000EXAMPLE001'),
    },
    organizer: {
      name: say('衡信安全测试中心', 'Hengxin Security Testing Centre'),
      identifier: say('统一社会信用代码 91310000EXAMPLE002', 'company number 91310000EXAMPLE002'),
    },
    permits: ['run_service', 'admit_testers'],
    testers: {
      who: 'listed',
      list: [
        { name: say('赵一鸣', 'Zhao Yiming'), organization: say('个人', 'individual'), grant: 'GRT-0042-01' },
        {
          name: say('陈思远', 'Chen Siyuan'),
          organization: say('蓝鲸安全实验室', 'Blue Whale Lab'),
          grant: 'GRT-0042-02',
        },
        {
          name: say('何雨桐', 'He Yutong'),
          organization: say('蓝鲸安全实验室', 'Blue Whale Lab'),
          grant: 'GRT-0042-03',
        },
      ],
    },
    scope: {
      version: 3,
      digest: '0b5e7d1a4c93f2e86d70b1a95c3e4f82d1670a9be3c5f4128d6e0b7a91c4f35d',
      frozenAt: '2026-11-01T02:00:00.000Z',
      linesIn: ['*.shop.example', 'https://api.shop.example/v2/', '203.0.113.0/28:443', '198.51.100.10-198.51.100.20'],
      linesOut: ['pay.shop.example', 'https://api.shop.example/v2/internal/', '203.0.113.7'],
    },
    rules: {
      version: 2,
      digest: '77c1e0d95ab34f6281d0e7c4b9a3562f8e1d40c7b6a95f3e2d1c8b7a6f5e4d3c',
      summary: [
        say(
          '仅可通过本人的接入租约、在授权时间内测试授权对象。',
          'Test authorised objects only, in the authorised time, through your own access lease.',
        ),
        say(
          '不得影响业务连续性；禁止拒绝服务攻击与未经许可的自动化扫描。',
          'Do not disturb business: no denial of service, no scanners without permission.',
        ),
        say(
          '获取数据以证明漏洞存在为限，每项证明不超过 10 条记录，并不得留存。',
          'Take no more data than proof needs, at most 10 records each, and keep none.',
        ),
        say(
          '发现漏洞后须于 24 小时内仅通过本平台提交，不得对外披露。',
          'Report within 24 hours, only on this platform, and disclose nothing.',
        ),
      ],
    },
    validity: { from: '2026-11-02T01:00:00.000Z', to: '2026-11-16T10:00:00.000Z' },
    permitted: [
      say('对范围之内的对象进行漏洞发现与验证；', 'finding and proving weaknesses in objects in scope;'),
      say(
        '使用自有测试账号进行权限与业务逻辑测试；',
        'testing rights and business logic with the testers’ own test accounts;',
      ),
      say('每个租约每秒不超过 10 个请求的自动化探测。', 'automated probing of at most 10 requests a second per lease.'),
    ],
    forbidden: [
      say('社会工程、物理入侵与横向移动；', 'social engineering, physical intrusion and lateral movement;'),
      say('修改或删除非本人创建的数据，植入后门；', 'changing or deleting data of others, leaving a backdoor;'),
      say('以任何方式向第三方提供漏洞信息。', 'handing vulnerability information to any third party.'),
    ],
    contacts: [
      {
        name: say('周敏', 'Zhou Min'),
        duty: say('需求方应急联系人', 'demand side, emergency'),
        phone: '+86 21 5550 0101',
        email: 'soc@shop.example',
      },
      {
        name: say('林婉清', 'Lin Wanqing'),
        duty: say('组织方值班', 'organizer, on duty'),
        phone: '+86 21 5550 0202',
        email: 'duty@hengxin.example',
      },
    ],
    signatures: [
      {
        name: say('高志远', 'Gao Zhiyuan'),
        organization: say('云杉商城科技有限公司', 'Yunshan Shop Technology Ltd'),
        capacity: say('需求方授权代表', 'Authorised signatory, demand side'),
        signedAt: '2026-11-01T03:12:45.000Z',
        keyFingerprint: 'SHA256:w8NfT2pKzXc5VbJrY1LmQeHsD7uAoG9i3RtEqWkMx6U',
      },
      ...base.signatures.map((signature) => ({ ...signature, signedAt: '2026-11-01T03:40:02.000Z' })),
    ],
  }
}
