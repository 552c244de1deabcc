/** How everybody can see, on each page and in each answer, that this shop is vulnerable on purpose. */
export const label = {
  zh: '靶场：本站故意留有真实漏洞，仅供本机练习，切勿对外开放，勿填真实信息。',
  en: 'Practice target: this site is vulnerable on purpose. For practice on this machine only; never expose it, never enter real data.',
  headers: {
    'x-practice-target': 'deliberately vulnerable; loopback only; never expose',
    'x-robots-tag': 'noindex, nofollow',
  },
} as const
