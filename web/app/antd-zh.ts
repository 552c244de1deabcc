import zhCN from 'antd/es/locale/zh_CN.js'
import type { ConfigProviderProps } from 'antd'
import dayjs from 'dayjs'
import 'dayjs/locale/zh-cn.js'

dayjs.locale('zh-cn')
// The types take the file for CommonJS; what is bundled is the module, whose default is the locale.
export const locale = zhCN as unknown as NonNullable<ConfigProviderProps['locale']>
