/*
 * How instructions are overridden and asked for in other languages than English. As `plain` writes them: small letters,
 * without accents. Between the two parts of a pair stand at most six words, in either order.
 */

type Language = {
  /** To ignore, forget, put out of force: as one tells somebody else to. */
  override: string;
  /** The instructions of an assistant, and nobody else's. */
  instructions: string;
  /** To show, say, repeat. */
  reveal: string;
  /** Somebody without rules. */
  unbound: string;
};

const languages: Record<string, Language> = {
  german: {
    override:
      'ignorier\\p{L}*|vergiss|vergesst|missachte\\p{L}*|uberschreibe|umgehe|ausser kraft|halte dich nicht|deaktiviere|befolge?|nicht mehr',
    instructions:
      '(?:deine[nr]?|eure[nr]?|alle[nr]?|vorherige[nr]?|vorige[nr]?|bisherige[nr]?|fruhere[nr]?|obige[nr]?|geheime[nr]?|interne[nr]?)\\s(?:\\p{L}+\\s){0,2}(?:anweisung\\p{L}*|regeln|vorgaben|richtlinien|instruktionen|einschrankungen|systemnachricht|filter)|was (?:dir|man dir) (?:\\p{L}+ )?(?:gesagt|aufgetragen|befohlen)\\p{L}*|system\\s?prompts?|initial\\p{L}* prompt',
    reveal: 'zeig\\p{L}*|verrat\\p{L}*|nenn\\p{L}*|wiederhol\\p{L}*|gib|sag\\p{L}*|schreib\\p{L}*|ubersetz\\p{L}*',
    unbound:
      'ohne (?:jede |alle )?(?:einschrankung\\p{L}*|regeln|richtlinien|filter|zensur)|keine (?:regeln|einschrankungen)',
  },
  spanish: {
    override: 'ignora|ignore[ns]?|olvida|olvide|olvidate|omite|desobedece|salta(?:te)?|anula|desactiva|no sigas',
    instructions:
      '(?:tus|sus|las|todas las|estas)\\s(?:\\p{L}+\\s){0,2}(?:instrucciones|reglas|directrices|normas|restricciones|limitaciones) (?:anteriores|previas|iniciales|ocultas|internas)|(?:que )?instrucciones (?:que )?te (?:dieron|han dado)|tus (?:\\p{L}+ )?(?:instrucciones|reglas|directrices|normas|restricciones|limitaciones|filtros)|lo que te (?:han dicho|dijeron|ordenaron)|(?:prompt|mensaje|instrucciones) (?:del?|inicial(?: del)?) sistema|tu prompt',
    reveal: 'muestra\\p{L}*|dime|dinos|revela\\p{L}*|repite|imprime|escribe|ensena\\p{L}*|traduce|que dice',
    unbound: 'sin (?:ninguna? )?(?:restriccion\\p{L}*|reglas|limites|filtros|censura)',
  },
  french: {
    override: 'oublie[zr]?|ignore[zr]?|neglige[zr]?|contourne[zr]?|desactive[zr]?|ne (?:suis|suivez) (?:plus|pas)',
    instructions:
      "(?:tes|vos)\\s(?:\\p{L}+\\s){0,2}(?:consignes|instructions|regles|directives|restrictions|limites)|(?:consignes|instructions|regles|directives) (?:precedentes|anterieures|initiales|cachees|secretes)|(?:toutes )?les (?:precedentes )(?:consignes|instructions|regles)|(?:ton|votre) prompt|prompt (?:initial|systeme)|message systeme|(?:consignes|instructions|regles) que (?:tu as|vous avez|t'ont|on t'a)|ce qu'on t'a dit",
    reveal: 'affiche[zr]?|montre[zr]?|revele[zr]?|dis|dites|repete[zr]?|donne[zr]?|ecris|traduis',
    unbound:
      'sans (?:aucune? )?(?:restriction\\p{L}*|regle\\p{L}*|limite\\p{L}*|filtre\\p{L}*|censure)|(?:aucune|pas de) (?:regle|restriction)s?',
  },
  italian: {
    override: 'ignora|ignorate|dimentica|dimenticate|trascura|aggira|disattiva|non seguire',
    instructions:
      '(?:le tue|tue|vostre)\\s(?:\\p{L}+\\s){0,2}(?:istruzioni|regole|direttive|restrizioni)|(?:istruzioni|regole|direttive) (?:precedenti|anteriori|iniziali|nascoste|segrete)|(?:quello|cio) che ti (?:e stato|hanno) (?:detto|ordinato)|prompt (?:di|del) sistema|tuo prompt',
    reveal: 'mostra\\p{L}*|rivela\\p{L}*|dimmi|ripeti|stampa|scrivi|traduci',
    unbound: 'senza (?:alcuna? )?(?:restrizion\\p{L}*|regole|limiti|filtri|censura)',
  },
  portuguese: {
    override: 'ignore|ignora|esqueca|esquece|desconsidere|burle|desative|nao siga',
    instructions:
      '(?:suas|tuas|todas as)\\s(?:\\p{L}+\\s){0,2}(?:instrucoes|regras|diretrizes|restricoes)(?: anteriores)?|(?:instrucoes|regras|diretrizes) (?:anteriores|iniciais|ocultas|secretas)|prompt (?:do|de) sistema|(?:o )?(?:seu|teu) prompt',
    reveal: 'mostre|mostra|revele|diga|repita|imprima|escreva|traduza',
    unbound: 'sem (?:nenhuma )?(?:restric\\p{L}*|regras|limites|filtros|censura)',
  },
  dutch: {
    override: 'negeer|vergeet|omzeil|overschrijf|schakel|sla',
    instructions:
      '(?:je|jouw|uw|alle|vorige|eerdere|bovenstaande|geheime)\\s(?:\\p{L}+\\s){0,2}(?:instructies|regels|richtlijnen|aanwijzingen|beperkingen)|systeem\\s?prompt',
    reveal: 'toon|laat|zeg|geef|herhaal|schrijf|onthul|vertaal',
    unbound: 'zonder (?:enige )?(?:beperking\\p{L}*|regels|filters?|censuur)',
  },
  polish: {
    override: 'zignoruj|ignoruj|zapomnij|pomin|omin|wylacz|nie przestrzegaj',
    instructions:
      '(?:wszystkie|poprzednie|wczesniejsze|swoje|twoje|ukryte)\\s(?:\\p{L}+\\s){0,2}(?:instrukcje|zasady|reguly|wytyczne|ograniczenia|polecenia)|prompt systemowy|systemowy prompt',
    reveal: 'pokaz|ujawnij|powtorz|wypisz|podaj|powiedz|wyswietl',
    unbound: 'bez (?:zadnych )?(?:ograniczen|zasad|regul|filtrow|cenzury)',
  },
  turkish: {
    override: 'yok say\\p{L}*|unut|gormezden gel\\p{L}*|gec|devre disi',
    instructions:
      '(?:onceki|tum|butun|senin|gizli)\\s(?:\\p{L}+\\s){0,2}(?:talimat\\p{L}*|kural\\p{L}*|yonerge\\p{L}*|kisitlama\\p{L}*)|kurallarini|talimatlarini|sistem (?:komut|istem|mesaj|prompt)\\p{L}*',
    reveal: 'goster|soyle|yaz|tekrarla|acikla',
    unbound: '(?:kisitlama|kural|sinir)\\p{L}* olmayan|(?:kisitlamasiz|sinirsiz|kuralsiz)',
  },
  russian: {
    override: 'игнорир\\p{L}*|проигнорир\\p{L}*|забудь\\p{L}*|отбрось|отключи\\p{L}*|обоиди|нарушь|не следуи',
    instructions:
      '(?:все|свои|твои|предыдущие|прежние|прошлые|скрытые|секретные|своих|твоих)\\s(?:\\p{L}+\\s){0,2}(?:инструкци\\p{L}*|правил\\p{L}*|указани\\p{L}*|ограничени\\p{L}*|директив\\p{L}*)|системн\\p{L}* (?:промпт|сообщени|инструкци)\\p{L}*|свои промпт',
    reveal: 'покажи\\p{L}*|выведи|раскрои|скажи|повтори|напиши|переведи',
    unbound: 'без (?:каких-либо |всяких )?(?:ограничени\\p{L}*|правил|цензуры|фильтров)',
  },
  ukrainian: {
    override: 'ігноруи|проігноруи|забудь|вимкни|порушуи',
    instructions:
      '(?:всі|свої|твої|попередні)\\s(?:\\p{L}+\\s){0,2}(?:інструкці\\p{L}*|правила|вказівки|обмеження)|системн\\p{L}* (?:промпт|повідомлення)',
    reveal: 'покажи|виведи|розкрии|скажи|повтори',
    unbound: 'без (?:будь-яких )?(?:обмежень|правил|цензури)',
  },
};

const more: Record<string, Language> = {
  nordic: {
    override: 'ignorer\\p{L}*|glom|glem\\p{L}*|strunta i|bortse fran|folg inte|folj inte|se bort fra',
    instructions:
      '(?:alla|alle|dina|dine|tidigare|tidligere|foregaende|forrige)\\s(?:\\p{L}+\\s){0,2}(?:instruktion\\p{L}*|instruks\\p{L}*|regler|riktlinjer|retningslinjer|begransningar|begrensninger)|systemprompt\\p{L}*',
    reveal: 'visa|vis|beratta|fortell|skriv|upprepa|gjenta|gentag',
    unbound: '(?:utan|uden|uten) (?:begransning\\p{L}*|begrensning\\p{L}*|regler|filter|filtre|censur|sensur)',
  },
  vietnamese: {
    override: 'bo qua|quen|khong tuan theo|vo hieu hoa',
    instructions:
      '(?:moi|tat ca(?: cac)?|cac|nhung) (?:huong dan|chi dan|quy tac|lenh|chi thi)(?: truoc (?:do|day))?|loi nhac he thong',
    reveal: 'hien thi|cho toi (?:xem|biet)|tiet lo|lap lai|in ra',
    unbound: 'khong (?:co )?(?:gioi han|rang buoc|quy tac)',
  },
  indonesian: {
    override: 'abaikan|lupakan|lewati|jangan ikuti',
    instructions: '(?:semua )?(?:instruksi|perintah|aturan|petunjuk) (?:sebelumnya|di atas|anda|kamu)|prompt sistem',
    reveal: 'tampilkan|tunjukkan|ungkapkan|katakan|ulangi',
    unbound: 'tanpa (?:batasan|aturan|filter|sensor)',
  },
  czech: {
    override: 'ignoruj\\p{L}*|zapomen\\p{L}*|porus\\p{L}*|vypni',
    instructions:
      '(?:vsechn\\p{L}*|predchozi\\p{L}*|sve|tve|sva|skryte)\\s(?:\\p{L}+\\s){0,2}(?:instrukc\\p{L}*|pokyn\\p{L}*|pravidl\\p{L}*|omezeni)|systemov\\p{L}* prompt\\p{L}*',
    reveal: 'ukaz|zobraz|vypis|prozrad|zopakuj|rekni',
    unbound: 'bez (?:omezeni|pravidel|filtru|cenzury)',
  },
  romanian: {
    override: 'ignora\\p{L}*|uita|incalca|dezactiveaza|nu mai respecta',
    instructions:
      '(?:toate |tuturor )?(?:instructiunile|regulile|indicatiile|restrictiile) (?:anterioare|precedente|tale|initiale)|promptul (?:de sistem|tau)',
    reveal: 'arata|afiseaza|spune|repeta|dezvaluie',
    unbound: 'fara (?:restrictii|reguli|limite|filtre|cenzura)',
  },
};

const gap = '(?:[\\s,:;"\'().-]+[\\p{L}\\p{N}]+){0,6}?[\\s,:;"\'().-]+';
const inEitherOrder = (one: string, other: string) =>
  `(?<!\\p{L})(?:(?:${one})${gap}(?:${other})|(?:${other})${gap}(?:${one}))(?!\\p{L})`;
const any = (pattern: (language: Language) => string) =>
  new RegExp(
    Object.values({ ...languages, ...more })
      .map(pattern)
      .join('|'),
    'u',
  );

export const foreignOverride = any(({ override, instructions }) => inEitherOrder(override, instructions));
export const foreignReveal = any(({ reveal, instructions }) => inEitherOrder(reveal, instructions));
export const foreignUnbound = any(({ unbound }) => `(?<!\\p{L})(?:${unbound})(?!\\p{L})`);

const words = (pattern: string) => new RegExp(`(?<!\\p{L})(?:${pattern})(?!\\p{L})`, 'u');

/** Word for word. */
export const foreignVerbatim = words(
  'wortwortlich|wort fur wort|im wortlaut|mot pour mot|mot a mot|palabra por palabra|literalmente|textualmente|parola per parola|palavra por palavra|woord voor woord|letterlijk|slowo w slowo|kelimesi kelimesine|слово в слово|дословно',
);
/** What stands before the talk. */
export const foreignToldBefore = new RegExp(
  [
    '(?:text|nachricht|worte|was)[^.!?\\n]{0,12}(?:oberhalb|vor) (?:dieser|meiner|der) (?:ersten )?(?:nachricht|unterhaltung)',
    '(?:texte|message|mots)[^.!?\\n]{0,20}(?:avant|au-dessus de) (?:mon|ce|le|notre)',
    '(?:texto|mensaje)[^.!?\\n]{0,20}(?:antes de|anterior a|encima de) (?:mi|este|nuestra)',
    '(?:testo|messaggio)[^.!?\\n]{0,20}(?:prima del|sopra) (?:mio|questo)',
    '(?:tekst|bericht)[^.!?\\n]{0,20}(?:boven|voor) (?:dit|mijn) bericht',
    '(?:текст|сообщени)[^.!?\\n]{0,30}(?:перед|до) (?:нач|мо|эт)',
    '(?:你|您)(?:收到|得到|看到)[^。\\n]{0,8}(?:第一条|最初|之前)[^。\\n]{0,12}(?:全部|内容|文字)',
    '最初(?:の|に)[^。\\n]{0,8}(?:メッセージ|指示|文章)[^。\\n]{0,8}(?:すべて|全て|全文|そのまま)',
  ].join('|'),
  'u',
);

/** Scripts without spaces between words, or with endings that a word list cannot name. */
const elsewhere = {
  chinese: {
    override: '忽略|无视|無視|(?<!我)(?:忘记|忘記|忘掉)|不要遵守|绕过|繞過',
    instructions:
      '(?:之前|以前|以上|先前|前面|所有|你|系统|系統)[^。！？\\n]{0,6}(?:指令|指示|规则|規則|提示词|提示詞|限制|设定|設定)',
    reveal: '告诉|告訴|显示|顯示|输出|輸出|透露|重复|重複|打印|翻译',
    unbound: '(?:没有|沒有|不受)[^。！？\\n]{0,4}(?:限制|规则|規則|约束|審查)',
  },
  japanese: {
    override: '無視|忘れ|破棄|従わない|解除',
    instructions:
      '(?:以前|これまで|上記|前|すべて|全て|あなた)[^。！？\\n]{0,6}(?:指示|命令|ルール|設定|制限)|システムプロンプト',
    reveal: '表示|教え|出力|見せ|繰り返|翻訳',
    unbound: '(?:制限|ルール|規制)[^。！？\\n]{0,3}(?:ない|なし|無し)',
  },
  korean: {
    override: '무시|잊어|잊고|따르지',
    instructions:
      '(?:이전|앞의|위의|모든|너의|당신의)[^.!?\\n]{0,8}(?:지시|지침|명령|규칙|프롬프트|제한)|시스템 ?프롬프트',
    reveal: '보여|알려|출력|말해|반복',
    unbound: '(?:제한|규칙)[^.!?\\n]{0,3}(?:없는|없이)',
  },
  arabic: {
    override: 'تجاهل|انس|انسى|تخط|لا تتبع',
    instructions:
      '(?:جميع |كل )?(?:التعليمات|القواعد|الأوامر|الاوامر|الإرشادات) (?:السابقة|الأصلية|السرية)|تعليماتك|قواعدك|موجه النظام',
    reveal: 'اعرض|أظهر|اظهر|اكشف|أخبرني|اطبع|كرر',
    unbound: 'بدون (?:أي )?(?:قيود|قواعد)|بلا قيود',
  },
  hindi: {
    override: 'अनदेखा|नज़रअंदाज़|नजरअंदाज|भूल जा|भूल जाओ|छोड़',
    instructions: '(?:पिछल\\S*|सभी|अपन\\S*|पहले)[^।!?\\n]{0,12}(?:निर्देश|नियम|आदेश)\\S*|सिस्टम प्रॉम्प्ट',
    reveal: 'दिखाओ|दिखाइए|बताओ|बताइए|प्रकट',
    unbound: 'बिना (?:किसी )?(?:प्रतिबंध|नियम|रोक)',
  },
};

const near = (one: string, other: string) =>
  `(?:${one})[^。\\n]{0,30}?(?:${other})|(?:${other})[^。\\n]{0,30}?(?:${one})`;
const anyElsewhere = (pattern: (language: Language) => string) =>
  new RegExp(Object.values(elsewhere).map(pattern).join('|'), 'u');

export const distantOverride = anyElsewhere(({ override, instructions }) => near(override, instructions));
export const distantReveal = anyElsewhere(({ reveal, instructions }) => near(reveal, instructions));
export const distantUnbound = anyElsewhere(({ unbound }) => unbound);
