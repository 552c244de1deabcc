import type { Figure, Locale, Sheet } from '../models/common.ts'

/** Made-up people and companies for samples and tests; hosts end in `.example`. */
export const sheet = (locale: Locale, number: string): Sheet => {
  const chinese = locale === 'zh-CN'
  return {
    locale,
    issuedAt: '2026-11-20T10:00:00.000Z',
    zone: 'Asia/Shanghai',
    anchor: {
      position: 184_233,
      root: '8f3a1c0e5b7d92466f0a4be1d3c875a2190e6f4db8c7350a1e2f9d6b4c83a710',
      checkCode: 'ZH-7K4M-Q2XT-91DB',
      verifyAt: 'https://zhongheng.example/verify',
    },
    organization: chinese ? '衡信安全测试中心' : 'Hengxin Security Testing Centre',
    classification: chinese ? '内部资料 · 商密' : 'INTERNAL · CONFIDENTIAL',
    number,
    engagement: {
      number: 'ENG-2026-0042',
      title: chinese ? '云杉商城年度安全众测' : 'Yearly crowd test of the Yunshan shop',
    },
    signatures: [
      {
        name: chinese ? '林婉清' : 'Lin Wanqing',
        organization: chinese ? '衡信安全测试中心' : 'Hengxin Security Testing Centre',
        capacity: chinese ? '组织方负责人' : 'Head of service, organizer',
        signedAt: '2026-11-20T09:58:12.000Z',
        keyFingerprint: 'SHA256:3Qm1x0Jt9cU5bB7e2LrYwZkVfHnGsPdA8oTiXqWuE4M',
      },
    ],
  }
}

export const figure = (value: number, source: string): Figure => ({ value, source })
