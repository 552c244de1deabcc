/**
 * Words that people put into passwords and guessers try first, collected by ourselves: what the screen asks for, what
 * the product and the trade are called, moods, seasons, days, and Chinese words, cities and names in pinyin.
 */
const texts = [
  'password passwort passwd pass passphrase login logon signin secret geheim change changeme default guest user username account',
  'admin administrator root sysadmin system server oracle mysql postgres redis tomcat cisco huawei support service operator manager master super',
  'test tester testing demo temp public private office company internet network security secure safe hacker hello welcome letmein please open sesame',
  'love lover iloveyou loveyou forever baby angel princess prince dragon monkey tiger shadow sunshine superman batman football soccer basketball',
  'spring summer autumn winter monday tuesday wednesday thursday friday saturday sunday january february march april june july august september october november december',
  'china chinese beijing shanghai guangzhou shenzhen hangzhou chengdu nanjing wuhan chongqing tianjin suzhou xian taiwan hongkong zhongguo zhonghua',
  'zhongheng zhongce heng zhong pingtai guanli guanliyuan mima denglu ceshi anquan wangluo gongsi xitong fuwu yonghu nihao woaini woaini wohenni aini xihuan mama baba laopo laogong baobei',
  'woshi shei kuaile shengri xinnian facai gongxi fuqi pingan jiankang xingfu meinv shuaige tianshi yongyuan',
  '520 521 1314 5201314 666 888 168 999 110 119 12306 007',
  'qwe qaz wsx asd zxc qwert asdf zxcv abc xyz iop jkl five two one three four six seven eight nine ten',
  'li wang zhang liu chen yang huang zhao wu zhou xu sun ma zhu hu guo he gao lin luo zheng liang xie song tang han feng deng cao peng zeng xiao tian dong pan yuan cai jiang yu du ye cheng su wei lu ding ren shen yao',
  'wei fang na min jing li qiang lei jun yang yong yan jie juan tao ming chao xiulan xia ping gang guiying hua jian guo jianguo xiaoming xiaohong zhiqiang zhiwei lihua jianhua xiaoli haiyan hongmei',
]
/** Three letters at least: shorter ones stand in too many words that nobody would guess. */
export const weakWords: ReadonlySet<string> = new Set(
  texts.flatMap((text) => text.split(' ')).filter((word) => word.length >= 3),
)
