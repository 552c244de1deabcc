import { type ThemeConfig, theme } from 'antd'

type Algorithm = Extract<NonNullable<ThemeConfig['algorithm']>, (...input: never[]) => unknown>

/** antd's theme out of ui/tokens.css, which stays the only home of colours. */
export function antdTheme(dark: boolean): ThemeConfig {
  const style = getComputedStyle(document.documentElement)
  const token = (name: string): string => style.getPropertyValue(`--${name}`).trim()
  const derive = dark ? theme.darkAlgorithm : theme.defaultAlgorithm
  // antd mixes its own shades out of a colour, darker ones on the dark theme; the solid ones stay as they are here,
  // because their contrast was checked.
  const algorithm: Algorithm = (seed, map) => ({
    ...derive(seed, map),
    colorPrimary: token('accent'),
    colorPrimaryHover: token('accent-strong'),
    colorPrimaryActive: token('accent-strong'),
    colorError: token('danger'),
    colorWarning: token('warn'),
    colorSuccess: token('ok'),
    colorInfo: token('accent'),
    colorBgSpotlight: '#263532',
  })
  return {
    algorithm,
    // Motion and shadows stay small: this is a place of work.
    token: {
      colorPrimary: token('accent'),
      colorLink: token('accent'),
      colorLinkHover: token('accent-strong'),
      colorError: token('danger'),
      colorWarning: token('warn'),
      colorSuccess: token('ok'),
      colorInfo: token('accent'),
      colorText: token('text'),
      colorTextSecondary: token('text-2'),
      colorTextTertiary: token('text-3'),
      colorTextPlaceholder: token('text-3'),
      colorTextDescription: token('text-2'),
      colorBgLayout: token('bg'),
      colorBgContainer: token('surface'),
      colorBgElevated: token('surface'),
      colorBorder: token('border-strong'),
      colorBorderSecondary: token('border'),
      colorTextLightSolid: token('on-accent'),
      borderRadius: 6,
      borderRadiusLG: 10,
      fontFamily: token('font'),
      fontFamilyCode: token('mono'),
      fontSize: 14,
      controlHeight: 34,
      motionDurationMid: '0.12s',
      motionDurationSlow: '0.16s',
    },
    components: {
      Button: { primaryShadow: 'none', defaultShadow: 'none', dangerShadow: 'none', fontWeight: 500 },
      Form: { itemMarginBottom: 18, verticalLabelPadding: '0 0 4px' },
      Modal: { titleFontSize: 17 },
      Tooltip: { colorTextLightSolid: '#ffffff' },
    },
  }
}
