/**
 * Words that o200k_base has as one token: alone, behind a space, and with any sign of ASCII before them in no more than
 * two. Common ones of English prose, code and JSON, from three letters on.
 */
export const plainWords: ReadonlySet<string> = new Set(
  [
    'able about add after again all already also always among and another answer any are around array async',
    'available average await away back based because been before behind being below best better between body',
    'boolean both bottom break business but call calls came can case catch change check children city class',
    'client code color com come common community company config const content control cost could count country',
    'course create data date day def default delete describe description development did different does don done',
    'down during each early economic either else end error errors even every example export extends face fact',
    'false family far feel feet few field fields figure file files find first food for force form found four free',
    'from full function general get give given going good great group had half hand hard has have having head',
    'health height hello help her here high him his history home house how html http https human idea import',
    'important increase index information input int interest interface into item items its job json just keep key',
    'keys kind know known label land language large last later law least left length less let letter level life',
    'light like line lines list little live local long look lot made main major make making man many market',
    'matter max may mean means member men message messages might min mind model models money month months more',
    'most mother move much must name names national nature near need never new next night none north not note',
    'nothing now null number object off office often old once one only open options order other our out output',
    'over own page param params part party past path people per period person picture place plan play please',
    'point policy position possible post power present price private problem process program project properties',
    'provide public put quality query question rate rather read readonly real really reason remove request',
    'required research response result results return returns right room rule rules run said same say school',
    'second section see self send sense server service set settings shall she short show side simple since single',
    'size small social some something soon source south special start state states static status step still stop',
    'story string strong student study such sum summary support sure switch system table take target tell term',
    'test tests text than thank that the them then there these they thing things think this those though three',
    'through throw time title today token tokens too top total town true try turn two type types undefined under',
    'until update url use used user users using value values var version very view voice void want war was water',
    'way week well were west what when where which while white who whole whose why width will window with within',
    'without woman women word words work world would write writing wrong www year years yes you young your',
  ].flatMap(line => line.split(' ')),
);

/** Two small letters that are no token of o200k_base; all other pairs are. */
export const rarePairs = 'bq gk gq jv jz kq kz lq nq qf qg qj qk qv qz rj tq wq wz xg xj xk xq xv xw yq zj zq zv';

/** Stretches of Unicode whose every character is one token of o200k_base: letters of the larger scripts. */
export const singleRanges: readonly (readonly [first: number, last: number])[] = [
  [0xa0, 0xda],
  [0xdc, 0x109],
  [0x177, 0x17f],
  [0x390, 0x3a1],
  [0x3b1, 0x3ce],
  [0x410, 0x44f],
  [0x451, 0x45c],
  [0x561, 0x587],
  [0x5d0, 0x5ea],
  [0x621, 0x63a],
  [0x640, 0x654],
  [0x660, 0x66c],
  [0x6f0, 0x6f9],
  [0x913, 0x928],
  [0x92a, 0x933],
  [0x93c, 0x943],
  [0x964, 0x970],
  [0xe13, 0xe25],
  [0xe27, 0xe39],
  [0x10d0, 0x10f0],
  [0x1ea0, 0x1ea9],
  [0x3007, 0x3012],
  [0x304a, 0x3061],
  [0x3063, 0x306b],
  [0x307b, 0x308d],
  [0x30a6, 0x30c1],
  [0x30cd, 0x30ed],
];

/** Common Chinese and Korean characters that are one token of o200k_base; rare ones are up to three. */
export const singleCharacters = [
  '的一是不了人我在有他这中大来上国个到说们为子和你地出道也时年得就那要下以生会自着去之过家学对可她里后',
  '小么心多天而能好都然没日于起还发成事只作当想看文无开手十用主行方又如前所本见经头面公同三已老从动两长',
  '知民样现分将外但身些与高意进把法此实回二理美点月明其种声全工己话儿者向情部正名定女问力机给等几很业最',
  '间新什打便位因重被走电四第门相次东政海口使教西再平真听世气信北少关并内加化由却代军产入先山五太水万市',
  '眼体别处总才场师书比住员九笑性通目华报立马命张活难神数件安表原车白应路期叫死常提感金何更反合放做系计',
  '或司利受光王果亲界及今京务制解各任至清物台象记边共风战干接它许八特觉望直服毛林题建南度统色字请交爱让',
  '认算论百吃义科怎元社术结六功指思非流每青管夫连远资队跟带花快条院变联言权往展该领传近留红治决周保达办',
  '运武半候七必城父强步完革深区即求品士转量空甚众技轻程告江语英基派满式李息写呢识极令黄德收脸钱党倒未持',
  '取设始版双历越史商千片容研像找友孩站广改议形委早房音火际则首单据导影失拿网香似斯专石若兵弟谁校读志飞',
  '观争究包组造落视济喜离虽坏兴',
  '이다는을를에의가고지하은기사로도한리자어라나들인해대시서그만아일정부있수과전주것스게상원보구장적으성제여국면소비니신안조',
  '오동위공연생우회세경미마관계요까때음모무문방행바내년당',
].join('');
