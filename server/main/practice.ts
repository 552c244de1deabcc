import type { OwnershipOptions } from '../ports/ownership.ts'
import type { Settings } from './settings.ts'

/** The practice target's name; reserved by RFC 6761, so no name service ever answers it. */
export const practiceHost = 'shop.practice.test'

/** Ownership checks go out; only the practice target of the demo may be on loopback. */
export function practiceOwnership(settings: Settings): OwnershipOptions {
  return {
    ...(settings.practice ? { pins: { [practiceHost]: { address: '127.0.0.1', port: settings.practice.port } } } : {}),
    mayDial: isPublicAddress,
  }
}

/** IPv4 only, as `resolve4` answers: neither private nor special ranges. */
export function isPublicAddress(address: string): boolean {
  const [a = 0, b = 0] = address.split('.').map(Number)
  return !(
    a === 0 ||
    a === 10 ||
    a === 127 ||
    a >= 224 ||
    (a === 100 && b >= 64 && b < 128) ||
    (a === 169 && b === 254) ||
    (a === 172 && b >= 16 && b < 32) ||
    (a === 192 && b === 168) ||
    (a === 198 && (b === 18 || b === 19))
  )
}
