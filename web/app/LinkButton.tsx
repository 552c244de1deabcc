import { createLink } from '@tanstack/react-router'
import { Button } from 'antd'

/** A button that leads to a page: a real link, so it opens in a new tab too. */
export const LinkButton = createLink(Button)
