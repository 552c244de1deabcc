import enUS from 'antd/es/locale/en_US.js'
import type { ConfigProviderProps } from 'antd'
import dayjs from 'dayjs'

dayjs.locale('en')
// The types take the file for CommonJS; what is bundled is the module, whose default is the locale.
export const locale = enUS as unknown as NonNullable<ConfigProviderProps['locale']>
