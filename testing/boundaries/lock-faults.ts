type Lock = {
  readonly packages: Readonly<Record<string, Readonly<Record<string, unknown>>>>
}

/** Packages of a lock file that are not named by one exact version and a SHA-512 digest, or come from an address of their own. */
export function lockFaults({ packages }: Lock): readonly string[] {
  return Object.entries(packages)
    .filter(([path, entry]) => path.includes('node_modules/') && entry['link'] !== true)
    .flatMap(([path, { version, integrity, resolved }]) => {
      const why: string[] = []
      if (typeof version !== 'string' || !/^\d+\.\d+\.\d+(-[\w.]+)?(\+[\w.]+)?$/.test(version))
        why.push(`version ${String(version)}`)
      if (typeof integrity !== 'string' || !/^sha512-[A-Za-z0-9+/]{86}==$/.test(integrity)) why.push('no SHA-512')
      if (resolved !== undefined) why.push(`from ${JSON.stringify(resolved)}`)
      return why.length === 0 ? [] : [`${path}: ${why.join(', ')}`]
    })
}
