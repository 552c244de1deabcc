import { bareRelayFigures } from './gateway/bare-relay.ts'
import { http2Figures } from './gateway/http2.ts'
import { idleTunnelFigures } from './gateway/idle-tunnels.ts'
import { peerFigures } from './gateway/peers.ts'
import { webSocketFigures } from './gateway/web-socket.ts'
import type { Figure } from './main.ts'

/** The gateway beside its peers on this machine: see each part for what is measured and how. */
export const run = async (): Promise<readonly Figure[]> => [
  ...(await peerFigures()),
  ...(await webSocketFigures()),
  ...(await http2Figures()),
  ...(await idleTunnelFigures()),
  ...(await bareRelayFigures()),
]
