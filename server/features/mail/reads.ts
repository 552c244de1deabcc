export { openAddress, openCode, ownSealedAddress } from './own-address.ts'
