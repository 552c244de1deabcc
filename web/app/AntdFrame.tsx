import { App, ConfigProvider, type ConfigProviderProps } from 'antd'
import { type ReactNode, Suspense, lazy, useEffect, useMemo, useState } from 'react'
import { type Language, useLanguage } from '../i18n/index.ts'
import { antdTheme } from '../ui/antd-theme.ts'
import { useIsDark } from './appearance.ts'

type Locale = NonNullable<ConfigProviderProps['locale']>

/** They wait behind every page, and come after the page. */
const StepUpDialog = lazy(() => import('../features/account/StepUpDialog.tsx'))
const PurposeDialog = lazy(() => import('../features/readings/PurposeDialog.tsx'))

/** antd and dayjs know months and buttons in their own words; they come with the language on screen. */
const locales: Record<Language, () => Promise<Locale>> = {
  'zh-CN': async () => (await import('./antd-zh.ts')).locale,
  en: async () => (await import('./antd-en.ts')).locale,
}

/** The page's nonce: antd writes its styles into the document, which the content policy allows only with it. */
const nonce = document.querySelector<HTMLMetaElement>('meta[property="csp-nonce"]')?.nonce ?? ''

export function AntdFrame({ children }: { children: ReactNode }): ReactNode {
  const { language } = useLanguage()
  const dark = useIsDark()
  const [locale, setLocale] = useState<Locale>()
  useEffect(() => {
    let current = true
    void locales[language]().then((loaded) => {
      if (current) setLocale(loaded)
    })
    return () => {
      current = false
    }
  }, [language])
  const theme = useMemo(() => antdTheme(dark), [dark])
  return (
    <ConfigProvider
      {...(locale ? { locale } : {})}
      csp={{ nonce }}
      theme={theme}
      form={{ requiredMark: 'optional', scrollToFirstError: { block: 'center' } }}
      button={{ autoInsertSpace: false }}
    >
      <App component={false}>
        {children}
        <Suspense fallback={null}>
          <StepUpDialog />
          <PurposeDialog />
        </Suspense>
      </App>
    </ConfigProvider>
  )
}
