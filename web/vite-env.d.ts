declare module '*.css'
declare module '*.md?raw' {
  const words: string
  export default words
}
declare module '*.svg' {
  const address: string
  export default address
}
