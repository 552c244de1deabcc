import { Checkbox } from 'antd'
import type { ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import { type Post, allPosts } from './PostTags.tsx'

/** The posts as ticks, each saying what it allows. A form field of antd: takes `value`, gives `onChange`. */
export function PostChoice({
  value = [],
  onChange,
}: {
  value?: Post[]
  onChange?: (posts: Post[]) => void
}): ReactNode {
  const { t } = useTranslation()
  return (
    <Checkbox.Group value={value} onChange={(chosen) => onChange?.(allPosts.filter((post) => chosen.includes(post)))}>
      <div className="post-choice">
        {allPosts.map((post) => (
          <Checkbox key={post} value={post}>
            {t(`post.${post}`)} <span className="muted">{t(`postHint.${post}`)}</span>
          </Checkbox>
        ))}
      </div>
    </Checkbox.Group>
  )
}
