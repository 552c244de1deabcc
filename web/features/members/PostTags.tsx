import type { Member } from '@zhongheng/contracts/http/people.ts'
import type { ReactNode } from 'react'
import { useTranslation } from 'react-i18next'

export type Post = Member['posts'][number]
export const allPosts: readonly Post[] = ['admin', 'signatory', 'member']

export function PostTags({ posts }: { posts: readonly Post[] }): ReactNode {
  const { t } = useTranslation()
  return (
    <span className="post-tags">
      {allPosts
        .filter((post) => posts.includes(post))
        .map((post) => (
          <span key={post} className="tag" title={t(`postHint.${post}`)}>
            {t(`post.${post}`)}
          </span>
        ))}
    </span>
  )
}
