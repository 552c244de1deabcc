import { type Egress, openEgress } from '../egress/egress.ts'
import type { Settings } from './settings.ts'

/** The practice target's name; reserved by RFC 6761, so no name service ever answers it. */
export const practiceHost = 'shop.practice.test'

/** The way out; of all names only the demo's practice target leads to this machine. */
export function practiceEgress(settings: Settings): Egress {
  return openEgress(
    settings.practice ? { pins: { [practiceHost]: { address: '127.0.0.1', port: settings.practice.port } } } : {},
  )
}
