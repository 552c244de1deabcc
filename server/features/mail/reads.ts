export { forgetMail, openAddress, openCode, ownSealedAddress } from './own-address.ts'
