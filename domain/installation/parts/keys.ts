import { say, type Text } from '../../shared/problem.ts'
import type { InstallationFacts } from '../facts.ts'
import { type Judged, type Part, code, fault, number, ok, text, warning } from '../part.ts'

export function keys({ keys: { keeper, rotationFault } }: InstallationFacts): Judged {
  if (rotationFault !== null)
    return fault(
      say(`密钥轮换受阻：${rotationFault.zh}`, `A rotation of keys does not come on: ${rotationFault.en}`),
      say('排除原因后会自动继续。', 'Mend the cause; it goes on by itself.'),
    )
  if (keeper.kind === 'file')
    return warning(
      say('已解封；密钥以明文存放', 'Unsealed; the key lies in the clear'),
      say(
        '正式使用前执行 npm run keys -- move，改为口令、份额或令牌保管。',
        'Before real work: npm run keys -- move, to a passphrase, shares or a token.',
      ),
    )
  return ok(say('已解封', 'Unsealed'))
}

export function keyFacts({ keys: { keeper, suite, version } }: InstallationFacts): Part['facts'] {
  const keepers: { readonly [kind in typeof keeper.kind]: Text } = {
    file: say('明文文件', 'a file in the clear'),
    passphrase: say('文件加口令', 'a file and a passphrase'),
    token: say('PKCS#11 令牌', 'a PKCS#11 token'),
    shares:
      keeper.kind === 'shares'
        ? say(`${keeper.of} 份份额中任意 ${keeper.needed} 份`, `any ${keeper.needed} of ${keeper.of} shares`)
        : say('份额', 'shares'),
  }
  return [
    { name: say('解锁方式', 'Unlocked by'), value: text(keepers[keeper.kind]) },
    { name: say('加密套件', 'Suite'), value: code(suite) },
    { name: say('密钥版本', 'Version of the key'), value: number(version) },
  ]
}
