import type { Member } from '@zhongheng/contracts/http/people.ts'
import type { ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import { useLanguage } from '../../i18n/index.ts'
import { momentText } from '../../ui/moment-text.ts'
import './members.css'

export type Post = Member['posts'][number]
export const allPosts: readonly Post[] = ['system_admin', 'security_admin', 'audit_admin', 'signatory', 'member']

export function PostTags({ posts, ends = {} }: { posts: readonly Post[]; ends?: Member['postEnds'] }): ReactNode {
  const { t } = useTranslation()
  const { language } = useLanguage()
  return (
    <span className="post-tags">
      {allPosts
        .filter((post) => posts.includes(post))
        .map((post) => (
          <span key={post} className="tag" title={t(`postHint.${post}`)}>
            {t(`post.${post}`)}
            {ends[post]
              ? ` · ${t('people.members.until', { moment: momentText(ends[post], language, 'minutes') })}`
              : ''}
          </span>
        ))}
    </span>
  )
}
