/** Where things are in the namespace. Every address in the world leads to this machine there, and to nowhere else. */
export const at = {
  /** The target: `shop.example` and `*.shop.example`, ports 80, 443, 8000. */
  shop: '192.0.2.10',
  shop6: '2001:db8::10',
  /** `docs.example`, of which only `/open` may be tested. */
  docs: '192.0.2.20',
  /** Somebody else's server: `foreign.example`, and behind names that change their mind. */
  foreign: '198.51.100.66',
  foreign6: '2001:db8:f::66',
} as const
export const openPorts = [80, 443, 8000] as const
