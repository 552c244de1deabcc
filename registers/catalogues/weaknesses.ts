/** Groups of the catalogue, in the order in which a form offers them. */
export const weaknessCategories = [
  { name: 'injection', zh: '注入', en: 'Injection' },
  { name: 'access', zh: '访问控制', en: 'Access control' },
  { name: 'sign_in', zh: '身份与会话', en: 'Sign-in and sessions' },
  { name: 'browser', zh: '浏览器侧', en: 'In the browser' },
  { name: 'files', zh: '文件与路径', en: 'Files and paths' },
  { name: 'requests', zh: '服务端请求与解析', en: 'Server requests and parsing' },
  { name: 'disclosure', zh: '信息泄露', en: 'Disclosure' },
  { name: 'crypto', zh: '密码与传输', en: 'Cryptography and transport' },
  { name: 'logic', zh: '业务逻辑', en: 'Business logic' },
  { name: 'availability', zh: '可用性', en: 'Availability' },
  { name: 'memory', zh: '内存与代码', en: 'Memory and code' },
  { name: 'configuration', zh: '配置与组件', en: 'Configuration and components' },
] as const
export type WeaknessCategory = (typeof weaknessCategories)[number]['name']

/**
 * A kind of flaw that a finding may name. `repair` says in one sentence how to mend the place that was found (TR7 of the
 * test report), `protection` how the organisation keeps such flaws away (TR8). All wording is the project's own.
 */
export type Weakness = {
  readonly cwe: `CWE-${number}`
  readonly zh: string
  readonly en: string
  readonly category: WeaknessCategory
  readonly repairZh: string
  readonly repairEn: string
  readonly protectionZh: string
  readonly protectionEn: string
}

type Pair = readonly [zh: string, en: string]
const kind = (category: WeaknessCategory, number: number, name: Pair, repair: Pair, protection: Pair): Weakness => ({
  cwe: `CWE-${number}`,
  zh: name[0],
  en: name[1],
  category,
  repairZh: repair[0],
  repairEn: repair[1],
  protectionZh: protection[0],
  protectionEn: protection[1],
})

/** What a form offers: kinds that CWE itself allows for describing a concrete flaw. */
export const weaknesses: readonly Weakness[] = [
  kind(
    'injection',
    89,
    ['SQL 注入', 'SQL injection'],
    [
      '改用参数化查询，不再把输入拼接进 SQL，并为该接口使用最小权限的数据库账号。',
      'Bind values as query parameters instead of joining input into SQL, and give this service a database account with the least rights.',
    ],
    [
      '在公共数据访问层禁止字符串拼接 SQL，并用代码扫描和网关规则持续检查。',
      'Forbid concatenated SQL in the shared data layer and keep checking with code scans and gateway rules.',
    ],
  ),
  kind(
    'injection',
    78,
    ['操作系统命令注入', 'OS command injection'],
    [
      '不经命令解释器执行外部程序，参数以数组传递并按允许列表校验。',
      'Run external programs without a shell, pass arguments as a list and check them against an allow-list.',
    ],
    [
      '服务以无特权账号在受限环境中运行，限制可执行的程序和外联。',
      'Run services unprivileged in a confined environment with few programs and no free outgoing traffic.',
    ],
  ),
  kind(
    'injection',
    94,
    ['代码注入', 'Code injection'],
    [
      '去掉对输入求值的语句，改为固定的操作集合。',
      'Remove every evaluation of input and offer a fixed set of operations instead.',
    ],
    [
      '在代码规范中禁用动态求值，并由静态检查阻断提交。',
      'Ban dynamic evaluation in the coding rules and let a static check block it.',
    ],
  ),
  kind(
    'injection',
    1336,
    ['模板注入', 'Template injection'],
    ['模板保持固定，用户输入只作为数据传入。', 'Keep templates fixed and hand user input in as data only.'],
    [
      '选用无表达式能力的模板引擎，或在沙箱中渲染。',
      'Choose template engines without expressions or render in a sandbox.',
    ],
  ),
  kind(
    'injection',
    90,
    ['LDAP 注入', 'LDAP injection'],
    [
      '按 LDAP 过滤器规则转义输入，并限定可查询的属性。',
      'Escape input by the rules of LDAP filters and limit the attributes that can be searched.',
    ],
    [
      '目录查询统一经公共组件，应用账号只读。',
      'Route directory searches through one shared component with a read-only account.',
    ],
  ),
  kind(
    'injection',
    643,
    ['XPath 注入', 'XPath injection'],
    [
      '使用带变量绑定的 XPath 接口，不拼接表达式。',
      'Use an XPath interface with bound variables instead of joined expressions.',
    ],
    ['对 XML 查询统一封装并评审。', 'Wrap XML queries in one reviewed component.'],
  ),
  kind(
    'injection',
    943,
    ['NoSQL 注入', 'NoSQL injection'],
    [
      '校验输入类型，拒绝操作符对象进入查询条件。',
      'Check the type of each input and keep operator objects out of query conditions.',
    ],
    ['接口入参按模式校验，未知字段一律拒绝。', 'Validate requests against a schema and refuse unknown fields.'],
  ),
  kind(
    'injection',
    93,
    ['CRLF 注入', 'CRLF injection'],
    ['写入头部或日志之前拒绝回车与换行。', 'Refuse carriage returns and line feeds before writing headers or logs.'],
    [
      '使用会拒绝非法头部的框架，日志采用结构化格式。',
      'Use frameworks that refuse bad headers and write structured logs.',
    ],
  ),
  kind(
    'access',
    639,
    ['越权访问他人数据', 'Access to another user’s data'],
    [
      '按标识取数据时一并校验其归属，不属于当前用户的按不存在处理。',
      'When loading by id, check the owner too and answer others’ records as absent.',
    ],
    [
      '在数据访问层统一实施归属校验，并用自动化用例遍历全部接口。',
      'Enforce ownership in the data layer and try every interface with generated tests.',
    ],
  ),
  kind(
    'access',
    862,
    ['缺少授权检查', 'Missing authorisation'],
    ['为该功能补上服务端权限检查，默认拒绝。', 'Add the permission check on the server, denying by default.'],
    [
      '每个接口须声明所需权限，未声明的不得上线。',
      'Make each interface declare its permission and refuse to ship one without.',
    ],
  ),
  kind(
    'access',
    863,
    ['授权检查有误', 'Incorrect authorisation'],
    [
      '修正权限判断，以会话中的身份为准，不信任请求中的角色字段。',
      'Correct the decision so that it rests on the session’s identity and never on roles in the request.',
    ],
    ['集中维护权限矩阵并逐角色测试。', 'Keep one permission matrix and test it role by role.'],
  ),
  kind(
    'access',
    266,
    ['权限分配不当', 'Incorrect privilege assignment'],
    ['收回多余权限，提升权限须经审批并有时限。', 'Withdraw surplus rights and make elevation approved and temporary.'],
    [
      '定期复核账号与角色，特权操作单独留痕。',
      'Review accounts and roles regularly and log privileged acts separately.',
    ],
  ),
  kind(
    'access',
    915,
    ['批量赋值', 'Mass assignment'],
    ['只接受明确列出的字段，其余拒绝。', 'Accept only the fields named explicitly and refuse the rest.'],
    ['为写接口定义严格的数据模式。', 'Define strict schemas for all writing interfaces.'],
  ),
  kind(
    'sign_in',
    288,
    ['绕过身份鉴别', 'Authentication bypass by another path'],
    ['修正鉴别流程，使每条路径都必须验证凭证。', 'Mend the flow so that every path verifies a credential.'],
    ['统一使用经评审的鉴别组件，并对异常登录告警。', 'Use one reviewed sign-in component and alert on unusual logins.'],
  ),
  kind(
    'sign_in',
    306,
    ['关键功能缺少身份鉴别', 'Missing authentication for a critical function'],
    ['要求登录并具备相应角色后才能访问该功能。', 'Require sign-in and the right role before this function answers.'],
    [
      '管理面与业务面分离，管理入口限制来源并启用多因素鉴别。',
      'Separate management from business traffic, limit its sources and require a second factor.',
    ],
  ),
  kind(
    'sign_in',
    307,
    ['未限制尝试次数', 'No limit on sign-in attempts'],
    ['按账号和来源限制失败次数，并逐步延长等待。', 'Limit failures per account and source with growing delays.'],
    [
      '对所有凭证校验使用同一限速组件并监测撞库。',
      'Put one throttle over all credential checks and watch for stuffing.',
    ],
  ),
  kind(
    'sign_in',
    521,
    ['弱口令', 'Weak password requirements'],
    ['更换弱口令，并拒绝过短及已泄露的口令。', 'Replace the weak password and refuse short or known-leaked ones.'],
    ['启用多因素鉴别，定期检查弱口令。', 'Enable a second factor and check for weak passwords regularly.'],
  ),
  kind(
    'sign_in',
    798,
    ['硬编码凭证', 'Hard-coded credentials'],
    [
      '吊销该凭证，改由密钥管理服务在运行时提供。',
      'Revoke the credential and supply a new one at run time from a secret store.',
    ],
    ['在提交和构建环节扫描密钥。', 'Scan for secrets at commit and build.'],
  ),
  kind(
    'sign_in',
    640,
    ['找回密码机制薄弱', 'Weak password recovery'],
    [
      '使用一次性、短时有效且绑定账号的找回令牌，不因找回而跳过第二因素。',
      'Use one-time, short-lived tokens bound to the account and never drop the second factor.',
    ],
    ['对找回流程限速并通知账号所有人。', 'Throttle recovery and notify the owner.'],
  ),
  kind(
    'sign_in',
    384,
    ['会话固定', 'Session fixation'],
    ['登录成功后更换会话标识。', 'Issue a new session identifier at sign-in.'],
    ['会话由统一组件管理，设置闲置与绝对时限。', 'Manage sessions in one component with idle and absolute limits.'],
  ),
  kind(
    'sign_in',
    613,
    ['会话未及时失效', 'Insufficient session expiration'],
    [
      '退出、改密和停权时立即在服务端终止会话。',
      'End sessions on the server at sign-out, password change and suspension.',
    ],
    ['提供会话清单，便于用户和管理员终止。', 'Show open sessions so that users and administrators can end them.'],
  ),
  kind(
    'sign_in',
    347,
    ['签名校验不当', 'Improper verification of a signature'],
    [
      '固定算法和密钥，校验签名、签发者与有效期，失败即拒绝。',
      'Fix algorithm and key, verify signature, issuer and validity, and refuse on failure.',
    ],
    ['令牌校验只用成熟组件的安全默认值。', 'Leave token checks to an established component with safe defaults.'],
  ),
  kind(
    'browser',
    79,
    ['跨站脚本', 'Cross-site scripting'],
    [
      '按输出位置转义用户内容，富文本经允许列表净化后再显示。',
      'Escape user content for the place it is shown and sanitise rich text against an allow-list.',
    ],
    [
      '采用自动转义的模板，并启用严格的内容安全策略。',
      'Use templates that escape by default together with a strict content security policy.',
    ],
  ),
  kind(
    'browser',
    352,
    ['跨站请求伪造', 'Cross-site request forgery'],
    [
      '对改变状态的请求校验防伪令牌和来源，并将会话 Cookie 设为 SameSite。',
      'Check an anti-forgery token and the origin on state changes and set the session cookie to SameSite.',
    ],
    ['由框架统一防护所有写接口。', 'Let the framework protect every writing interface.'],
  ),
  kind(
    'browser',
    601,
    ['开放重定向', 'Open redirect'],
    ['只允许跳转到站内路径或登记过的地址。', 'Redirect only to own paths or registered addresses.'],
    [
      '跳转统一经公共函数，外部跳转显示确认页。',
      'Route redirects through one function and confirm external ones on a page.',
    ],
  ),
  kind(
    'browser',
    1021,
    ['点击劫持', 'Clickjacking'],
    ['以 frame-ancestors 限制可嵌入本页的站点。', 'Limit who may frame the page with frame-ancestors.'],
    ['在网关统一下发安全响应头。', 'Set security headers centrally at the gateway.'],
  ),
  kind(
    'browser',
    942,
    ['跨域策略过宽', 'Permissive cross-origin policy'],
    [
      '只对登记过的来源放行，带凭证时不回显任意来源。',
      'Allow registered origins only and never echo an arbitrary one with credentials.',
    ],
    ['集中管理跨域名单并定期清理。', 'Manage the list of origins in one place and prune it.'],
  ),
  kind(
    'files',
    22,
    ['路径遍历', 'Path traversal'],
    [
      '以标识代替文件名，或在规范化之后确认路径仍在指定目录之内。',
      'Use ids instead of file names, or confirm after normalising that the path is still inside its folder.',
    ],
    [
      '服务账号只能读取所需目录，文件存放于对象存储。',
      'Let the service account read only the folders it needs and keep files in object storage.',
    ],
  ),
  kind(
    'files',
    434,
    ['任意文件上传', 'Unrestricted upload'],
    [
      '校验类型与大小、重新命名，并存放于不可执行的独立位置。',
      'Check type and size, rename, and store apart where nothing is executed.',
    ],
    [
      '附件经独立域名以下载方式提供，并做恶意代码检查。',
      'Serve attachments as downloads from another origin and scan them.',
    ],
  ),
  kind(
    'files',
    98,
    ['文件包含', 'File inclusion'],
    [
      '以固定清单映射可包含的文件，不使用输入拼接路径。',
      'Map what may be included through a fixed list instead of a path built from input.',
    ],
    ['关闭运行环境的远程包含能力。', 'Switch off remote inclusion in the runtime.'],
  ),
  kind(
    'files',
    59,
    ['链接跟随', 'Link following'],
    [
      '打开文件时不跟随链接，并校验打开后的真实路径。',
      'Open without following links and check the real path afterwards.',
    ],
    ['临时文件使用专属目录和随机名称。', 'Keep temporary files in a private folder under random names.'],
  ),
  kind(
    'requests',
    918,
    ['服务端请求伪造', 'Server-side request forgery'],
    [
      '只允许访问登记过的地址，连接时校验解析结果并禁止跳转。',
      'Call registered addresses only, check the address at connection time and follow no redirect.',
    ],
    [
      '外联统一经出口代理，隔离内网和元数据服务。',
      'Send outgoing calls through one egress and isolate internal and metadata services.',
    ],
  ),
  kind(
    'requests',
    611,
    ['XML 外部实体', 'XML external entities'],
    ['关闭解析器的文档类型声明与外部实体。', 'Switch off document types and external entities in the parser.'],
    ['统一封装 XML 解析，优先采用 JSON。', 'Wrap XML parsing once and prefer JSON.'],
  ),
  kind(
    'requests',
    502,
    ['不安全的反序列化', 'Deserialization of untrusted data'],
    [
      '改用只含数据的格式并按模式校验，或限定可还原的类型。',
      'Use a data-only format checked by a schema, or limit the types that can be restored.',
    ],
    ['对含序列化的接口建立清单并逐步替换。', 'List interfaces that deserialise and replace them step by step.'],
  ),
  kind(
    'requests',
    444,
    ['HTTP 请求走私', 'HTTP request smuggling'],
    [
      '统一前后端对消息长度的解析，拒绝含糊的请求。',
      'Make front and back end agree on message length and refuse ambiguous requests.',
    ],
    ['升级代理与服务器，后端连接使用 HTTP/2。', 'Update proxies and servers and use HTTP/2 to the back end.'],
  ),
  kind(
    'requests',
    1321,
    ['原型污染', 'Prototype pollution'],
    [
      '合并对象时拒绝原型相关的键，或使用无原型对象。',
      'Refuse prototype keys when merging, or use objects without one.',
    ],
    ['升级受影响的组件，入参按模式校验。', 'Update affected components and validate input by schema.'],
  ),
  kind(
    'disclosure',
    201,
    ['响应中含敏感信息', 'Sensitive information in an answer'],
    ['从响应中去掉不需要的字段，必要时脱敏。', 'Remove fields that nobody needs from the answer and mask the others.'],
    ['对数据分级，响应字段按用途登记。', 'Classify data and register which fields an answer may carry.'],
  ),
  kind(
    'disclosure',
    209,
    ['错误信息泄露', 'Disclosure through error messages'],
    [
      '对外只给出通用提示和编号，细节写入内部日志。',
      'Show a general message with a number and keep details in internal logs.',
    ],
    ['统一异常处理，生产环境关闭调试输出。', 'Handle errors in one place and switch off debug output in production.'],
  ),
  kind(
    'disclosure',
    532,
    ['日志中含敏感信息', 'Sensitive information in logs'],
    [
      '日志只记录允许的字段，凭证和个人信息不落日志。',
      'Log allow-listed fields only; neither credentials nor personal data.',
    ],
    ['对存量日志清理并限制访问。', 'Clean existing logs and restrict access to them.'],
  ),
  kind(
    'disclosure',
    538,
    ['敏感文件可被访问', 'Sensitive files reachable from outside'],
    [
      '删除备份、源码和配置文件，发布目录只含必需内容。',
      'Remove backups, sources and settings and publish only what is needed.',
    ],
    ['发布流程自动检查多余文件。', 'Check for surplus files when publishing.'],
  ),
  kind(
    'crypto',
    319,
    ['明文传输', 'Cleartext transmission'],
    ['全站启用 TLS 并将明文访问转为加密访问。', 'Use TLS everywhere and turn plain requests into encrypted ones.'],
    ['启用 HSTS，证书集中管理并监测到期。', 'Enable HSTS and watch certificates centrally.'],
  ),
  kind(
    'crypto',
    295,
    ['证书校验不当', 'Improper certificate validation'],
    ['恢复完整的证书链、名称与有效期校验。', 'Restore checks of chain, name and validity.'],
    ['禁止在代码中关闭证书校验，由检查规则阻断。', 'Block code that switches certificate checks off.'],
  ),
  kind(
    'crypto',
    327,
    ['使用不安全的密码算法', 'Broken or risky cryptography'],
    [
      '更换为现行推荐的算法和参数，并迁移已有数据。',
      'Move to currently recommended algorithms and parameters and migrate existing data.',
    ],
    ['密码功能统一封装，算法可替换。', 'Keep cryptography in one module with replaceable algorithms.'],
  ),
  kind(
    'crypto',
    338,
    ['使用可预测的随机数', 'Predictable random numbers'],
    [
      '令牌与密钥改用密码学安全的随机源，长度不少于 128 位。',
      'Take tokens and keys from a cryptographic random source with at least 128 bits.',
    ],
    ['由公共函数生成令牌，禁止自行实现。', 'Generate tokens in one shared function only.'],
  ),
  kind(
    'logic',
    841,
    ['业务流程校验缺失', 'Business workflow not enforced'],
    [
      '在服务端逐步校验流程顺序、数量、价格与归属。',
      'Check order of steps, quantities, prices and ownership on the server.',
    ],
    ['以状态机描述业务流程，对异常路径编写用例。', 'Describe processes as state machines and test the abnormal paths.'],
  ),
  kind(
    'logic',
    362,
    ['竞争条件', 'Race condition'],
    [
      '以事务、锁或唯一约束保证检查与执行不可分。',
      'Make check and act one step with a transaction, a lock or a unique constraint.',
    ],
    ['写接口支持幂等键，并做并发测试。', 'Give writing interfaces idempotency keys and test them in parallel.'],
  ),
  kind(
    'logic',
    1284,
    ['数量校验不当', 'Improper validation of quantities'],
    [
      '按类型、长度、范围与格式校验输入，拒绝其余。',
      'Check input for type, length, range and format and refuse the rest.',
    ],
    ['所有接口按模式校验，未知字段报错。', 'Validate every interface by schema with unknown fields refused.'],
  ),
  kind(
    'logic',
    799,
    ['未限制调用频率', 'Interaction frequency not limited'],
    ['对短信、领取、下单等操作按用户和来源限速。', 'Limit messages, claims and orders per user and source.'],
    ['在网关建立统一的频率与风控策略。', 'Set up common rate and abuse policies at the gateway.'],
  ),
  kind(
    'availability',
    770,
    ['资源申请未设上限', 'Resources without limits'],
    [
      '限制单次请求的时间、大小与并发，超限即拒绝。',
      'Limit time, size and concurrency of a request and refuse what exceeds them.',
    ],
    ['为服务设定配额与熔断，并监测容量。', 'Set quotas and circuit breakers and watch capacity.'],
  ),
  kind(
    'availability',
    1333,
    ['正则表达式拒绝服务', 'Inefficient regular expression'],
    [
      '改写表达式使其无回溯爆炸，并限制输入长度。',
      'Rewrite the expression so that it cannot backtrack without end and limit the input.',
    ],
    ['使用线性时间的匹配引擎并做静态检查。', 'Use a linear-time engine and a static check.'],
  ),
  kind(
    'memory',
    787,
    ['越界写', 'Out-of-bounds write'],
    [
      '写入前校验长度与边界，并升级受影响的组件。',
      'Check lengths and bounds before writing and update the affected component.',
    ],
    [
      '启用编译器防护与模糊测试，新代码采用内存安全语言。',
      'Enable compiler hardening and fuzzing and write new code in memory-safe languages.',
    ],
  ),
  kind(
    'memory',
    416,
    ['释放后使用', 'Use after free'],
    [
      '理清对象的生命周期，释放后不再引用。',
      'Straighten the object’s lifetime so that nothing refers to it after release.',
    ],
    ['以内存检测工具持续测试。', 'Test continuously with memory checkers.'],
  ),
  kind(
    'configuration',
    1104,
    ['使用无人维护的组件', 'Unmaintained third-party component'],
    [
      '升级或替换该组件，暂不能升级的采取隔离措施。',
      'Update or replace the component, or isolate it until that is possible.',
    ],
    [
      '建立组件清单，持续核对漏洞与停止维护信息。',
      'Keep an inventory of components and compare it with advisories and end-of-life dates.',
    ],
  ),
  kind(
    'configuration',
    1188,
    ['不安全的默认配置', 'Insecure default configuration'],
    ['改为安全的默认值，关闭不需要的功能与端口。', 'Set safe defaults and close functions and ports nobody needs.'],
    ['建立配置基线并定期核查。', 'Set a configuration baseline and verify it regularly.'],
  ),
]

/**
 * Kinds that CWE discourages for a concrete flaw because they are too wide. Scanners and older reports still name them,
 * so they are understood and printed, but no form offers them.
 */
export const wideWeaknesses: readonly Weakness[] = [
  kind(
    'access',
    269,
    ['权限管理不当', 'Improper privilege management'],
    ['收回多余权限，提升权限须经审批并有时限。', 'Withdraw surplus rights and make elevation approved and temporary.'],
    [
      '定期复核账号与角色，特权操作单独留痕。',
      'Review accounts and roles regularly and log privileged acts separately.',
    ],
  ),
  kind(
    'sign_in',
    287,
    ['身份鉴别缺陷', 'Improper authentication'],
    ['修正鉴别流程，使每条路径都必须验证凭证。', 'Mend the flow so that every path verifies a credential.'],
    ['统一使用经评审的鉴别组件，并对异常登录告警。', 'Use one reviewed sign-in component and alert on unusual logins.'],
  ),
  kind(
    'disclosure',
    200,
    ['敏感信息泄露', 'Exposure of sensitive information'],
    ['从响应中去掉不需要的字段，必要时脱敏。', 'Remove fields that nobody needs from the answer and mask the others.'],
    ['对数据分级，响应字段按用途登记。', 'Classify data and register which fields an answer may carry.'],
  ),
  kind(
    'crypto',
    330,
    ['随机数强度不足', 'Insufficient randomness'],
    [
      '令牌与密钥改用密码学安全的随机源，长度不少于 128 位。',
      'Take tokens and keys from a cryptographic random source with at least 128 bits.',
    ],
    ['由公共函数生成令牌，禁止自行实现。', 'Generate tokens in one shared function only.'],
  ),
  kind(
    'logic',
    20,
    ['输入校验不当', 'Improper input validation'],
    [
      '按类型、长度、范围与格式校验输入，拒绝其余。',
      'Check input for type, length, range and format and refuse the rest.',
    ],
    ['所有接口按模式校验，未知字段报错。', 'Validate every interface by schema with unknown fields refused.'],
  ),
  kind(
    'availability',
    400,
    ['资源消耗未受控', 'Uncontrolled resource consumption'],
    [
      '限制单次请求的时间、大小与并发，超限即拒绝。',
      'Limit time, size and concurrency of a request and refuse what exceeds them.',
    ],
    ['为服务设定配额与熔断，并监测容量。', 'Set quotas and circuit breakers and watch capacity.'],
  ),
]

const byCwe: ReadonlyMap<string, Weakness> = new Map([...weaknesses, ...wideWeaknesses].map((one) => [one.cwe, one]))

/** The catalogue's entry for a CWE number such as `CWE-89`, wide kinds included; undefined when it has none. */
export const findWeakness = (cwe: string): Weakness | undefined => byCwe.get(cwe)
