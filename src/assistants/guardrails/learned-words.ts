/**
 * What the words of a message say for (above zero) or against its being an attack, learnt from the labelled messages of
 * test/assistants/guardrails/labelled. Written by `npx vitest run test/assistants/guardrails/labelled.test.ts -u`.
 */
export const learned = {
  bias: 0.36,
  words: `
1=0.2 100=0.6 12=-1.1 1gn0r3=0.9 4=-0.2 40=-0.6 60=-1.1 70=-0.3 7741=0.6 8=-0.8 a=-1.2 a_bomb=-0.5 a_car=0.2
a_discou=0.1 a_filter=-0.2 a_friend=-0.3 a_joke=0.8 a_l=0.2 a_pirate=-0.1 a_test=0.6 a_tooth=-0.4 about=-1.4
about_my=-0.8 about_the=-0.6 above=0.9 abroad=-0.6 access=1 access_to=0.6 accoun=0.1 act=1.3 act_as=-0.3 act_on=0.6
add=-0.6 add_a=-0.3 addres=-0.2 admin=0.9 admini=1.3 after=-0.4 again=-1 ai=1.2 alarm=-0.4 alarm_system=-0.4 all=2
all_previo=0.3 alle=0.3 allowe=0.1 am=-1.1 am_i=-0.4 an=0.3 an_ai=0.3 an_appoin=-0.1 an_unrest=0.1 and=3.4
and_answer=0.3 and_approv=1 and_do=0.5 and_give=0.3 and_i=0.4 and_just=0.3 and_leave=-0.5 and_say=0.2 and_show=0.8
and_tell=0.2 and_then=-0.5 and_would=-0.3 and_you=0.4 anleit=-1.9 anothe=-0.2 anothe_colour=-0.2 answer=1.6
answer_withou=0.2 anteri=-0.4 anweis=0.5 any=0.7 any_more=0.2 anythi=1.2 app=-1.5 apply=-0.7 appoin=-0.2 approv=1.5
are=-0.3 are_a=1.1 are_an=0.8 are_cancel=1.2 are_free=-0.2 are_my=0.1 are_now=-0.7 are_the=-0.9 are_you=-0.7
arrive=-0.6 as=1.3 as_a=0.7 as_an=0.3 as_the=-0.9 ask=0.4 assist=2.3 at=-0.9 at_the=-0.4 author=0.8 back=-0.5
backwa=0.3 banana=0.2 be=0.5 be_a=-0.3 be_my=0.7 been=-0.1 before=0.5 before_this=0.3 beginn=0.1 being=0.2 betwee=0.8
bike=-0.1 bill=-0.9 bitte=-1.8 block=0.2 boiler=-0.6 bomb=-0.8 bookin=-0.6 bot=0.1 bought=0.4 box=-0.4 bring=-0.2
broken=0.3 buildi=-0.3 but=-0.7 by=-0.6 by_step=0.1 by_the=0.6 by_your=-0.6 c=0.2 c_t=0.2 call=0.6 called=0.6 can=-4.4
can_i=-1.2 can_ignore=-0.2 can_you=-1.6 cancel=-1 cancel_the=-0.2 car=-0.8 card=-0.9 carry=-0.7 change=0.5 charge=-0.2
chat=-1.5 check=-0.2 checks=0.7 code=0.9 coffee=-0.7 collec=0.3 colour=-0.2 come=-0.4 come_to=-0.4 como=0.5
como_una=0.5 compan=2.3 compet=-0.3 comple=0.8 compli=0.1 comply=0.5 config=0.6 consig=1.1 conten=1.7
conten_filter=0.6 conten_policy=0.4 conver=0.8 copy=0.9 cost=-0.3 costum=-0.2 could=-1.2 could_you=-1.1 course=-0.6
covere=-0.2 creato=1.1 custom=2.9 custom_who=0.6 damage=-0.7 dan=1.5 dan_truoc=0.6 data=-0.6 daught=-0.5 de=-0.7
debugg=-0.5 decode=0.5 deine=2.1 deine_regeln=0.9 del=0.4 delete=0.1 develo=0.8 develo_and=-0.2 di=-0.9 did=1
did_not=0.1 die=-1.6 died=-0.5 dime=0.5 direct=1.4 disabl=1.1 disabl_the=-0.5 disclo=0.7 discou=1 dishwa=-0.2
disreg=1.3 disreg_my=1.3 disreg_the=-0.3 do=-1.9 do_as=0.8 do_i=-2.6 do_not=1.2 do_the=0.2 do_va=0.6 do_we=-0.3
do_you=-2.2 does=-4.5 does_a=-0.3 does_it=-0.4 does_not=-0.8 does_the=-0.6 does_your=-0.6 dog=-0.4 door=-1 down=0.2
drill=-0.3 driver=-1 drop=0.7 e=1.9 e_a=0.2 e_v=0.2 each=1.2 earlie=0.2 email=-1 en=0.2 end=1.1 end_of=0.6 engine=-0.3
englis=0.2 enter_the=-0.1 entran=-0.7 error=-0.2 et=0.9 evenin=-0.6 every=2.1 everyt=-0.5 evil=0.5 evil_exampl=0.4
execut=1.7 explai=0.1 explai_step=0.1 extra=-0.4 favor=-1 fee=-0.2 filter=-0.2 filter_on=-0.2 filtro=0.7 fine=0.6
first=0.4 first_letter=0.4 five=-0.4 follow=1.9 follow_all=-0.8 follow_your=0.2 for=-1.9 for_a=-0.5 for_free=0.5
for_me=-0.4 for_my=-0.3 for_our=-0.3 for_the=-1 for_this=0.8 for_word=0.3 forbid=0.8 forget=0.6 forgot=-0.3
forgot_my=-0.3 free=1.4 freely=0.9 french=-0.3 friday=-0.8 friend=0.4 from=0.8 from_here=0.7 from_now=-0.2
from_the=0.1 full=0.7 functi=0.8 g=0.6 g_n=0.2 game=0.4 gas=-0.5 gave=-0.7 gave_me=-0.6 get=-0.3 gib=0.9 give=1.3
give_me=0.5 given=0.7 given_to=-0.4 go=0.5 got=-0.3 grandm=0.3 grant=0.8 guidel=2.6 hacked=-0.1 happen=-1 has=1.3
has_no=0.9 have=-0.5 have_a=-0.8 have_to=-0.3 he=-0.1 he_thong=0.6 hello=-0.4 help=-0.1 help_me=-0.1 helpfu=-0.9
here=2.5 here_i=0.6 here_is=1 here_on=0.7 hi=0.1 hidden=1.1 his=-0.6 hotel=0.3 how=-2.8 how_do=-1 how_long=-0.5
how_many=-0.7 how_much=-0.5 how_you=0.6 https_evil=0.4 huong=0.6 huong_dan=0.6 i=-4.8 i_act=-0.2 i_am=-0.7
i_bring=-0.2 i_charge=-0.2 i_do=-0.2 i_enter=-0.1 i_follow=-0.8 i_g=0.2 i_get=-0.4 i_have=-0.7 i_ignore=-0.3
i_lost=0.6 i_missed=-0.1 i_n=0.2 i_need=-0.1 i_o=0.2 i_saw=-0.1 i_say=0.7 i_see=-0.1 i_want=1.1 i_was=-0.6 i_will=1.3
i_would=-0.7 ia=0.5 ich=-1.6 if=0.9 if_i=-0.3 if_you=0.6 ignora=0.6 ignora_le=-0.4 ignore=-0.2 ignore_all=0.7
ignore_my=-0.2 ignore_the=0.4 ignore_your=0.7 ignori=-0.3 il=-1.8 in=-0.3 in_a=0.8 in_my=-0.3 in_the=-1.1 in_which=0.4
in_your=0.6 includ=-0.2 initia=1.1 initia_messag=0.8 instal=-0.5 instea=1 instru=2.9 instru_and=-0.3 instru_anteri=0.2
instru_en=0.2 instru_for=-0.9 instru_from=0.2 instru_here=0.9 instru_i=0.5 instru_in=0.1 instru_into=-0.3
instru_say=-0.6 instru_were=-0.7 instru_you=0.1 intens=-0.1 intens_course=-0.1 intern=1.4 into=0.3 into_french=-0.3
invoic=-0.6 invoic_to=-0.4 is=-3.8 is_a=0.4 is_an=0.8 is_fine=0.6 is_it=-0.6 is_that=-0.9 is_the=-1.4 is_there=-0.9
is_to=1.5 is_your=-1.2 ist=-1.1 istruz=-0.7 it=-0.9 it_is=-0.3 it_on=-0.4 it_out=0.2 it_safe=-0.5 it_says=0.9
it_take=-0.4 it_to=-0.2 it_was=-0.4 item=-0.5 its=0.3 j'ai=-1.9 je=0.9 joke=0.8 json=0.9 just=0.6 kids=-0.3 kill=-1.9
kill_a=-0.1 killer=-0.4 killin=-1.1 kindly=0.4 know=0.4 l=0.6 l_l=0.2 l_p=0.2 la=-2.7 label=-0.3 las=-2.5
las_instru=-1.4 last=-0.4 last_week=-0.3 late=-0.6 late_fee=-0.1 lbhe=1.3 le=-0.3 le_istruz=-0.7 leave=-0.5 les=-1.6
les_consig=1.1 let=0.3 let_us=-0.3 letter=0.4 line=1 list=0.5 listen=1.4 listen_to=0.6 loi=0.6 loi_nhac=0.6 long=-0.5
longer=0.4 longer_have=0.4 lost=0.5 lost_the=-0.3 lot=-0.3 machin=-0.4 mail=-0.5 manage=0.6 many=-0.7 me=-0.4
me_a=-0.6 me_de=1 me_for=-0.2 me_i=1.7 me_its=0.6 me_the=-0.3 me_to=-1 me_what=0.8 me_wrong=0.3 me_your=0.4
member=-0.1 mensaj=-0.4 messag=2.2 messag_i=-0.3 messag_in=0.3 mi=-1 mind=0.3 mine=0.4 minute=-0.2 mir=1.2
mir_deine=0.9 missed=-0.1 missin=-0.5 mode=1.6 mode_and=1 modera=0.2 mon=-1.4 mon_messag=-0.5 more=0.2 mornin=0.1
mot=0.4 mother=-0.3 much=-0.5 much_is=-0.3 muestr=-0.8 muestr_las=-1 must=0.5 must_the=-0.5 my=-5.3 my_accoun=-0.5
my_addres=-0.5 my_bookin=-0.4 my_card=-0.5 my_cat=-0.1 my_daught=-0.5 my_dog=-0.4 my_grandm=0.3 my_last=-0.2
my_late=0.4 my_messag=0.6 my_mother=-0.3 my_name=-0.2 my_new=-0.3 my_phone=-0.7 my_previo=-0.2 my_refund=-0.7
my_son=-0.4 my_ticket=-0.2 my_wife=-0.1 n=1.3 n_o=0.2 n_s=0.2 name=-0.3 name_on=-0.2 need=-0.4 need_a=0.3 need_the=0.2
need_to=-0.4 never=0.7 new=0.4 new_instru=-0.3 new_one=-0.3 new_policy=0.2 nhac=0.6 nhac_he=0.6 nicht=0.2 no=0.6
no_longer=0.4 no_restri=-1 no_rules=0.3 not=1.1 not_listen=0.6 not_the=0.3 notice=-0.2 now=0.2 now_on=-0.2 number=-0.7
o=0.8 o_n=0.2 o_r=0.2 o_u=0.8 obey=1.1 of=1.1 of_my=-0.3 of_the=-1.6 of_this=0.7 of_what=0.5 of_your=-0.6 off=0.4
off_the=-0.2 offer=0.3 ohne=-0.4 old=-0.7 olvida=0.7 on=-2.8 on_it=0.6 on_my=-0.5 on_price=-0.6 on_sunday=-0.8
on_the=-0.8 on_you=0.2 on_your=-0.7 once=0.5 one=-1.6 one_for=-0.1 one_i=-0.1 ones=0.5 only=0.2 open=-2 or=-1.1
order=-1 order_please=-0.3 orders=0.6 other=0.3 other_custom=0.3 otra=-1.7 oublie=-1.1 our=-1.1 our_compan=-0.2 out=-1
out_of=-0.7 out_your=0.6 output=0.8 over=0.4 overri=1 overri_the=-0.1 own=0.9 own_instru=0.9 p=0.4 p_r=0.4 page=-0.3
parcel=-1 parkin=-0.5 passwo=-0.9 paste=0.6 pay=-0.2 per=-1.8 per_il=-1 person=0.8 phone=-0.5 pirate=-0.1 please=-2.3
please_disreg=-0.2 please_ignore=-0.3 please_print=0.1 please_send=-0.4 pls=1 policy=-0.6 policy_on=0.2 pool=-0.9
por=-1 por_favor=-1 posso=-1.6 pour=-0.4 preced=-1.3 preten=0.4 preten_i=-0.2 preten_to=0.3 previo=-0.2
previo_instru=0.2 previo_orders=0.2 price=-0.5 print=1.3 print_the=0.6 print_your=0.2 proces=0.2 prompt=4.5
prompt_me=-1.1 que=1.2 questi=0.6 quote=0.3 r=0.8 r3str1=0.8 r_e=0.6 r_u=0.6 rather=-1 read=0.5 real=0.3 really=-0.8
receiv=0.6 recomm=0.6 refere=-0.1 refund=1.1 refuse=0.4 regeln=-0.2 reglas=-0.4 regole=0.8 releas=0.2 releas_you=0.2
remove=-1.3 remove_the=-0.5 repeat=0.9 reply=0.2 reques=0.5 reset=-1.1 respon=1.3 restri=1.2 restri_and=0.3
return=-1.5 reveal=0.7 revele=0.4 right=-1.2 role=0.1 room=-0.1 root=0.7 router=-0.2 rules=2.4 rules_allow=-0.2
rules_for=-1.6 rules_forbid=0.8 rules_of=-1.2 run=0.7 s=0.8 s_i=0.2 s_t=0.4 safe=-0.9 safety=0.5 saw=-0.1 say=1.2
say_about=-0.6 say_that=-0.2 says=1.3 says_it=0.1 second=-1.1 secret=0.1 see=0.3 see_the=1.1 sell=-1 send=-0.7
send_it=-0.2 sent=-0.6 sent_me=-0.5 senten=1.1 senten_of=0.6 set=0.7 share=0.6 share_the=0.6 she=-0.7 shelf=-0.3
shoot=-1 shop=0.2 shot=-0.3 should=-0.6 should_i=-0.2 show=0.6 show_me=-0.6 shows=-0.7 sie=-1.8 sin=0.4 sistem=1.3
site=-0.4 size=-0.5 skip=0.8 so=0.8 son=-1.1 sound=-0.5 speak=0.4 spray=-1.6 step=-0.2 step_by=0.1 step_how=0.1
still=-0.7 stop=0.7 stop_being=0.8 stops=-1.4 store=-0.5 story=0.6 strang=-0.8 subscr=-0.4 summar=-0.8 sunday=-0.9
swap=0.1 switch=0.1 switch_to=0.3 sys=0.3 systee=-1.6 system=1.3 system_instru=0.2 system_is=-0.2 system_messag=0.3
system_prompt=1.4 system_the=0.5 system_you=0.7 t=0.4 t_i=0.2 t_r=0.2 table=-0.3 take=-1.1 tank=-0.2 te=0.7 team=-0.9
tell=1.3 tell_me=0.6 tell_you=1.2 ten=-1 ten_minute=-0.2 terms=-1.4 test=1 text=2.1 thank=-1.2 thank_you=-1.2
thanks=-0.7 that=1.3 that_has=1 that_i=-0.3 that_my=-0.8 that_the=0.3 that_you=0.6 that_your=1.4 the=-3.7
the_above=0.5 the_admin=-0.2 the_admini=0.6 the_app=-1 the_assist=1.3 the_back=-0.2 the_boiler=-0.5 the_buildi=-0.3
the_car=-0.5 the_code=-0.2 the_compan=1.7 the_conten=0.3 the_conver=0.1 the_custom=1.3 the_develo=0.4 the_drill=-0.3
the_driver=-1 the_first=0.4 the_follow=2.3 the_hidden=0.4 the_hotel=-0.2 the_instru=-2.2 the_intens=-0.1
the_intern=0.7 the_machin=-0.8 the_manage=0.5 the_messag=0.4 the_new=-0.6 the_next=0.4 the_order=-0.2 the_parcel=-0.6
the_person=0.5 the_pool=-0.7 the_previo=-0.7 the_quote=-0.5 the_real=0.1 the_return=0.2 the_rules=0.1 the_safety=0.4
the_shelf=-0.3 the_shop=1 the_start=0.1 the_text=1 the_user=0.6 the_warran=-0.3 the_water=-0.2 their=1.3 them=1.4
then=-0.3 there=-0.4 there_a=-0.8 there_was=0.4 things=1 think=0.1 this=2.7 this_is=0.6 this_senten=0.6 thong=0.6
three=-0.5 three_times=-0.5 ticket=-1 ticket_it=-0.2 time=0.2 times=-0.5 to=0.3 to_be=0.2 to_do=0.4 to_every=0.2
to_ignore=-0.2 to_me=0.8 to_my=-0.5 to_obey=0.7 to_pay=-0.1 to_see=1.1 to_send=-0.4 to_shoot=-0.5 to_the=-1.4
to_you=0.1 todas=0.2 told=-0.7 told_by=-0.4 told_me=-0.3 tool=0.5 tools=0.6 tools_do=0.6 tooth=-0.4 transl_the=-0.2
transl_your=0.2 trouve=0.3 true=0.7 truoc=0.6 truoc_do=0.6 tu=1.6 turn=-0.2 turn_off=-0.2 tus=0.7 twice=0.2 two=-0.4
type=0.2 u=0.8 u_c=0.2 u_r=0.6 u_s=0.2 una=0.5 una_ia=0.5 und=0.7 unlock=0.3 unrest=0.4 until=-0.1 up=0.2 update=-0.5
us=-0.3 use=-0.7 use_the=0.2 user=2.7 user_is=1 user_messag=0.4 v=0.2 v_i=0.2 va=0.6 vafgeh=1.3 verbat=1.4 verges=-0.9
vergis=0.9 verifi=1.1 versio=1 very=-0.7 visa=0.3 want=-0.5 want_to=0.3 warran=-0.3 was=-3.2 was_hacked=-0.7
was_no=0.4 was_told=-0.4 water=-0.5 we=-1.4 we_get=-0.3 weak=-0.2 websit=-0.9 week=-0.3 were=1.2 were_given=0.2
were_told=0.4 what=-0.8 what_are=-1.2 what_do=-0.2 what_does=-0.7 what_happen=-0.3 what_tools=0.6 what_were=-0.1
what_you=0.4 what_your=1 whatev=1.4 when=-1.7 when_do=-0.6 when_is=-0.1 where=-1.1 where_are=-0.6 where_do=-0.3
which=-0.4 who=-0.7 why=-0.4 why_does=-0.2 wife=-0.1 wifi=-1.5 will=0.3 will_be=0.4 window=-0.2 with=1 with_a=-0.6
with_me=0.3 with_no=0.3 with_the=-0.1 withou=0.3 withou_any=0.3 word=0.4 word_for=0.3 words=0.5 work=-0.3 would=-0.7
write=0.8 write_a=0.5 writte=0.3 wrong=-1.7 x=0.3 y=1.1 y0ur=1 y_o=0.6 yes=0.3 yes_to=0.3 yester=-2.1 you=0.6
you_act=-0.6 you_and=0.3 you_answer=0.9 you_are=2.1 you_can=0.6 you_do=0.2 you_from=0.2 you_must=0.9 you_no=0.4
you_open=-1 you_paste=0.6 you_receiv=0.6 you_sell=-1 you_show=-0.3 you_tell=0.9 you_to=1.1 you_told=-0.7 you_were=2.1
you_write=-0.1 your=3.3 your_compan=0.4 your_comple=0.4 your_creato=1.1 your_develo=0.8 your_guidel=0.8
your_hidden=0.6 your_initia=0.5 your_instru=2.3 your_own=0.9 your_policy=-0.8 your_prompt=0.9 your_restri=0.6
your_rules=0.1 your_site=-0.3 your_system=0.1 your_true=0.7 your_websit=-0.9 zum=-1.9 и=1.2 инстру=0.7 пожалу=-2.5
покажи=1 покажи_свои=0.7 правил=-0.6 свои=1.6
`,
};
