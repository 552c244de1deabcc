import { type Text, say } from '../shared/problem.ts'

/** What the owner of an account is told, because it may have been somebody else. */
export const accountSecurity = {
  new_device: say('您的账号在一台新设备上登录', 'Your account was used on a new device'),
  new_network: say('您的账号从一个新网络登录', 'Your account was used from a new network'),
  password_changed: say('您的密码已更改', 'Your password was changed'),
  factor_added: say('您的账号添加了第二因素', 'A second factor was added to your account'),
  factor_removed: say('您的账号移除了一种第二因素', 'A second factor was removed from your account'),
  factor_released: say('两名管理员解除了您的第二因素', 'Two administrators let your second factor go'),
  recovery_code_used: say('有人使用了您的一个恢复码', 'One of your recovery codes was used'),
  passkey_copied: say('出示的通行密钥疑似复制品，已拒绝', 'A passkey was shown that looks like a copy; it was refused'),
  mail_changed: say('您的通知邮箱已变更', 'Your mail address for notices was changed'),
  token_made: say('您的账号新建了访问令牌', 'An access token was made for your account'),
} as const satisfies { readonly [kind: string]: Text }

export type AccountSecurityKind = keyof typeof accountSecurity
