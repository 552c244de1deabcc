export { addressDigest, forgetMail, openAddress, openBefore, openCode, ownSealedAddress } from './own-address.ts'
