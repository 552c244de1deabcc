import { Problem, say } from '@zhongheng/domain/shared/problem.ts'

/** Optimistic locking: a change names the version it was made from. @throws Problem conflict VERSION-1 */
export function checkVersion(actual: number, given: number): void {
  if (actual !== given)
    throw new Problem(
      'conflict',
      say('内容已被他人修改，请刷新后重试', 'somebody changed it meanwhile; load it again'),
      {
        rule: 'VERSION-1',
        fields: [
          {
            field: 'body.version',
            limit: say(`当前版本为 ${actual}`, `the current version is ${actual}`),
            fix: say('刷新后重试', 'load it again'),
          },
        ],
      },
    )
}
